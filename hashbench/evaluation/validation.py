"""What training is steered by: HR@k and AUC on the validation interactions, never on the test."""

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
    """Searches the catalogue for each user's validation items, training items left out.

    HR is the mean over `retrievers`: a head that gives codes and embeddings is to be good at both of its uses.
    """

    split: InteractionSplit
    retrievers: Sequence[Retriever]
    k: int
    ctx: RunContext

    def validate(self, users: Hashed, items: Hashed) -> Validation:
        """Return HR@k over all users with validation items, and AUC over their validation items."""
        search = self._task.search(users, items)
        # Of a small catalogue k items are too many to tell one epoch from another.
        k = max(1, min(self.k, self.split.train.n_items // 10))
        rates = [
            np.nanmean(HR().per_user(rank_users(retriever.build(search.items, self.ctx), search, k)))
            for retriever in self.retrievers
        ]
        return Validation(hr=float(np.mean(rates)), auc=self._auc(users, items))

    @cached_property
    def _task(self) -> Task:
        return Task.shuffled(self.split.train, self.split.valid, self.ctx.rng("validation"))

    @cached_property
    def _negatives(self) -> IntArray:
        known = self.split.train.union(self.split.valid)
        return sample_negatives(known, self.split.valid.users(), self.ctx.rng("validation negatives"))

    def _auc(self, users: Hashed, items: Hashed) -> float:
        """Return how often a validation item scores above a random item the user has no training interaction with."""
        who = self.split.valid.users()
        user_values, item_values = _values(users)[who], _values(items)
        positive, negative = (
            np.einsum("nd,nd->n", user_values, item_values[chosen])
            for chosen in (self.split.valid.indices, self._negatives)
        )
        return float(np.mean((positive > negative) + 0.5 * (positive == negative)))


def _values(hashed: Hashed) -> FloatArray:
    """Return codes as ±1, or the embeddings where there are none: inner products of either rank as searches do."""
    if hashed.codes is not None:
        return hashed.codes.signs()
    assert hashed.embeddings is not None
    return hashed.embeddings
