"""Validation of a training: HR@k and AUC on the validation interactions, never on the test interactions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from hashbench.components.metrics import HR
from hashbench.data.interactions import IntArray
from hashbench.data.split import InteractionSplit
from hashbench.evaluation.ranking import Task, rank_users
from hashbench.protocols import FloatArray, Hashed, Retriever, RunContext
from hashbench.training.sampling import sample_negatives
from hashbench.training.stage import Validation


@dataclass(frozen=True, eq=False)
class Validator:
    """Searches the catalogue for each user's validation items; training items are left out.

    HR is the mean over `retrievers`, because a head that gives codes and embeddings should be good at both uses.
    """

    split: InteractionSplit
    retrievers: Sequence[Retriever]
    k: int
    ctx: RunContext

    def validate(self, users: Hashed, items: Hashed) -> Validation:
        """Return HR@k over all users with validation items, and AUC over their validation items."""
        search = self._task.search(users, items)
        # In a small catalogue, the HR of k items would hardly differ between epochs.
        k = max(1, min(self.k, self.split.train.n_items // 10))
        hit_rates = [
            np.nanmean(HR().per_user(rank_users(retriever.build(search.items, self.ctx), search, k)))
            for retriever in self.retrievers
        ]
        return Validation(hr=float(np.mean(hit_rates)), auc=self._auc(users, items))

    @cached_property
    def _task(self) -> Task:
        return Task.shuffled(self.split.train, self.split.valid, self.ctx.rng("validation"))

    @cached_property
    def _negatives(self) -> IntArray:
        positives = self.split.train.union(self.split.valid)
        return sample_negatives(positives, self.split.valid.users(), self.ctx.rng("validation negatives"))

    def _auc(self, users: Hashed, items: Hashed) -> float:
        """Return how often a validation item scores above a random item that the user has not interacted with."""
        user_values, item_values = _values(users)[self.split.valid.users()], _values(items)
        positive, negative = (
            np.einsum("nd,nd->n", user_values, item_values[item_ids])
            for item_ids in (self.split.valid.indices, self._negatives)
        )
        return float(np.mean((positive > negative) + 0.5 * (positive == negative)))


def _values(hashed: Hashed) -> FloatArray:
    """Return codes as ±1, or embeddings if there are none; inner products of either rank items as searches do."""
    if hashed.codes is not None:
        return hashed.codes.signs()
    assert hashed.embeddings is not None
    return hashed.embeddings
