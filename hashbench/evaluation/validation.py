"""What training is steered by: HR@k and AUC on the validation interactions, never on the test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hashbench.data.split import InteractionSplit
from hashbench.evaluation.metrics import HR
from hashbench.evaluation.ranking import Search, judge
from hashbench.protocols import FloatArray, Hashed, Retriever, RunContext
from hashbench.training.loop import Validation
from hashbench.training.sampling import sample_negatives


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
        rng = self.ctx.rng("validation")
        search = Search.shuffled(users, items, self.split.train, self.split.valid, rng)
        if search.askers.size == 0:
            return Validation(hr=0.0, auc=0.5)
        k = min(self.k, self.split.train.n_items)
        rates = [
            np.nanmean(HR().per_user(judge(retriever.build(search.items, self.ctx), search, k)))
            for retriever in self.retrievers
        ]
        return Validation(hr=float(np.mean(rates)), auc=self._auc(users, items, rng))

    def _auc(self, users: Hashed, items: Hashed, rng: np.random.Generator) -> float:
        """Return how often a validation item scores above a random item the user has no training interaction with."""
        who = self.split.valid.users()
        negatives = sample_negatives(self.split.train.union(self.split.valid), who, rng)
        user_values, item_values = _values(users)[who], _values(items)
        positive, negative = (
            np.einsum("nd,nd->n", user_values, item_values[chosen]) for chosen in (self.split.valid.indices, negatives)
        )
        return float(np.mean((positive > negative) + 0.5 * (positive == negative)))


def _values(hashed: Hashed) -> FloatArray:
    """Return codes as ±1, or the embeddings where there are none: inner products of either rank as searches do."""
    if hashed.codes is not None:
        return hashed.codes.signs()
    assert hashed.dense is not None
    return hashed.dense
