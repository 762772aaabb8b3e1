"""Metrics of a ranking's first k places, one value a user.

k is the width of the judged ranking. A user without test items has no value (NaN).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hashbench.protocols import Judged

Values = NDArray[np.float64]


def _share(found: NDArray[np.number], of: NDArray[np.number]) -> Values:
    """Divide, NaN where there is nothing to divide by."""
    shares: Values = np.divide(found, of, out=np.full(found.shape, np.nan), where=of > 0)
    return shares


def _where_defined(values: ArrayLike, judged: Judged) -> Values:
    return np.where(judged.n_relevant > 0, values, np.nan)


def _discounts(k: int) -> Values:
    return 1 / np.log2(np.arange(2, k + 2))


@dataclass(frozen=True)
class Recall:
    """Hits over the user's test items."""

    name: ClassVar[str] = "recall"
    label: ClassVar[str] = "Recall"
    higher_is_better: ClassVar[bool] = True

    def per_user(self, judged: Judged) -> Values:
        """Return hits / test items."""
        return _share(judged.hits.sum(1), judged.n_relevant)


@dataclass(frozen=True)
class HR(Recall):
    """Hit rate as HashGNN's code has it: hits over the user's test items, which others call recall.

    For "at least one hit" see hit_rate.
    """

    name: ClassVar[str] = "hr"
    label: ClassVar[str] = "HR"


@dataclass(frozen=True)
class HitRate:
    """1 for a user with at least one hit, else 0."""

    name: ClassVar[str] = "hit_rate"
    label: ClassVar[str] = "Hit rate"
    higher_is_better: ClassVar[bool] = True

    def per_user(self, judged: Judged) -> Values:
        """Return 1 or 0."""
        return _where_defined(judged.hits.any(1).astype(np.float64), judged)


@dataclass(frozen=True)
class NDCG:
    """Normalised discounted cumulative gain (Järvelin and Kekäläinen, 2002): the ideal has min(k, test items) hits."""

    name: ClassVar[str] = "ndcg"
    label: ClassVar[str] = "NDCG"
    higher_is_better: ClassVar[bool] = True

    def per_user(self, judged: Judged) -> Values:
        """Return DCG / ideal DCG."""
        k = judged.hits.shape[1]
        discounts = _discounts(k)
        ideal = np.concatenate([[0.0], np.cumsum(discounts)])[np.minimum(judged.n_relevant, k)]
        return _share(judged.hits @ discounts, ideal)


@dataclass(frozen=True)
class Precision:
    """Hits over k."""

    name: ClassVar[str] = "precision"
    label: ClassVar[str] = "Precision"
    higher_is_better: ClassVar[bool] = True

    def per_user(self, judged: Judged) -> Values:
        """Return hits / k."""
        return _where_defined(judged.hits.astype(np.float64).mean(axis=1), judged)


@dataclass(frozen=True)
class F1:
    """Harmonic mean of precision and recall, user by user."""

    name: ClassVar[str] = "f1"
    label: ClassVar[str] = "F1"
    higher_is_better: ClassVar[bool] = True

    def per_user(self, judged: Judged) -> Values:
        """Return 2 · hits / (k + test items)."""
        return _where_defined(2 * judged.hits.sum(1) / (judged.hits.shape[1] + judged.n_relevant), judged)


@dataclass(frozen=True)
class MRR:
    """Reciprocal rank of the first hit, 0 without a hit among the first k."""

    name: ClassVar[str] = "mrr"
    label: ClassVar[str] = "MRR"
    higher_is_better: ClassVar[bool] = True

    def per_user(self, judged: Judged) -> Values:
        """Return 1 / rank."""
        ranks = judged.hits.argmax(1) + 1
        return _where_defined(judged.hits.any(1) / ranks, judged)


@dataclass(frozen=True)
class MAP:
    """Average precision at k: the mean precision at the hits' places, over min(k, test items) places."""

    name: ClassVar[str] = "map"
    label: ClassVar[str] = "MAP"
    higher_is_better: ClassVar[bool] = True

    def per_user(self, judged: Judged) -> Values:
        """Return average precision."""
        k = judged.hits.shape[1]
        precision = np.cumsum(judged.hits, 1) / np.arange(1, k + 1)
        return _share((precision * judged.hits).sum(1), np.minimum(judged.n_relevant, k))
