"""Metrics of a ranking's first k places, one value a user, and their expected values over the orders of ties.

k is the width of the judged ranking. A user without test items has no value (NaN). Where a metric is linear in the
hits, its expected value is that of the chances of a hit; the others have closed forms of their own (McSherry and
Najork, ECIR 2008).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hashbench.protocols import ScoredRanking

Values = NDArray[np.float64]


def _share(found: NDArray[np.number], of: NDArray[np.number]) -> Values:
    """Divide, NaN where there is nothing to divide by."""
    shares: Values = np.divide(found, of, out=np.full(found.shape, np.nan), where=of > 0)
    return shares


def _where_defined(values: ArrayLike, ranking: ScoredRanking) -> Values:
    return np.where(ranking.n_relevant > 0, values, np.nan)


def _discounts(k: int) -> Values:
    return 1 / np.log2(np.arange(2, k + 2))


class Linear:
    """Base of metrics that are linear in the hits: a subclass gives the value of gains float64[n_users, k]."""

    def value(self, gains: Values, ranking: ScoredRanking) -> Values:
        """Return one value a user."""
        raise NotImplementedError

    def per_user(self, ranking: ScoredRanking) -> Values:
        """Return the value of the hits."""
        return self.value(ranking.hits.astype(np.float64), ranking)

    def expected(self, ranking: ScoredRanking) -> Values:
        """Return the mean over all orders of tied items."""
        return self.value(ranking.hit_probability, ranking)


@dataclass(frozen=True)
class Recall(Linear):
    """Hits over the user's test items."""

    name: ClassVar[str] = "recall"
    label: ClassVar[str] = "Recall"
    higher_is_better: ClassVar[bool] = True

    def value(self, gains: Values, ranking: ScoredRanking) -> Values:
        """Return hits / test items."""
        return _share(gains.sum(1), ranking.n_relevant)


@dataclass(frozen=True)
class HR(Recall):
    """HR@k = hits / test items (recall), as the code of HashGNN computes its hit rate.

    The share of users with at least one hit is `hit_rate`.
    """

    name: ClassVar[str] = "hr"
    label: ClassVar[str] = "HR"


@dataclass(frozen=True)
class HitRate:
    """1 for a user with at least one hit, else 0."""

    name: ClassVar[str] = "hit_rate"
    label: ClassVar[str] = "Hit rate"
    higher_is_better: ClassVar[bool] = True

    def per_user(self, ranking: ScoredRanking) -> Values:
        """Return 1 or 0."""
        return _where_defined(ranking.hits.any(1).astype(np.float64), ranking)

    def expected(self, ranking: ScoredRanking) -> Values:
        """Return the chance of a hit."""
        return _where_defined(1 - _no_hit_up_to(ranking)[:, -1], ranking)


@dataclass(frozen=True)
class NDCG(Linear):
    """Normalised discounted cumulative gain (Järvelin and Kekäläinen, 2002): the ideal has min(k, test items) hits."""

    name: ClassVar[str] = "ndcg"
    label: ClassVar[str] = "NDCG"
    higher_is_better: ClassVar[bool] = True

    def value(self, gains: Values, ranking: ScoredRanking) -> Values:
        """Return DCG / ideal DCG."""
        k = gains.shape[1]
        discounts = _discounts(k)
        ideal = np.concatenate([[0.0], np.cumsum(discounts)])[np.minimum(ranking.n_relevant, k)]
        return _share(gains @ discounts, ideal)


@dataclass(frozen=True)
class Precision(Linear):
    """Hits over the places filled: k, or fewer where a search returns fewer."""

    name: ClassVar[str] = "precision"
    label: ClassVar[str] = "Precision"
    higher_is_better: ClassVar[bool] = True

    def value(self, gains: Values, ranking: ScoredRanking) -> Values:
        """Return hits / places filled, 0 where none is."""
        return _where_defined(gains.sum(1) / np.maximum(_filled(ranking), 1), ranking)


@dataclass(frozen=True)
class F1(Linear):
    """Harmonic mean of precision and recall, user by user."""

    name: ClassVar[str] = "f1"
    label: ClassVar[str] = "F1"
    higher_is_better: ClassVar[bool] = True

    def value(self, gains: Values, ranking: ScoredRanking) -> Values:
        """Return 2 · hits / (places filled + test items)."""
        return _where_defined(2 * gains.sum(1) / np.maximum(_filled(ranking) + ranking.n_relevant, 1), ranking)


@dataclass(frozen=True)
class MRR:
    """Reciprocal rank of the first hit, 0 without a hit among the first k."""

    name: ClassVar[str] = "mrr"
    label: ClassVar[str] = "MRR"
    higher_is_better: ClassVar[bool] = True

    def per_user(self, ranking: ScoredRanking) -> Values:
        """Return 1 / rank."""
        ranks = ranking.hits.argmax(1) + 1
        return _where_defined(ranking.hits.any(1) / ranks, ranking)

    def expected(self, ranking: ScoredRanking) -> Values:
        """Return the mean of 1 / rank: the chance that the first hit is at a place, over the place."""
        none_so_far = _no_hit_up_to(ranking)
        before = np.concatenate([np.ones((none_so_far.shape[0], 1)), none_so_far[:, :-1]], axis=1)
        ranks = np.arange(1, none_so_far.shape[1] + 1)
        return _where_defined(((before - none_so_far) / ranks).sum(1), ranking)


@dataclass(frozen=True)
class MAP:
    """Average precision at k: the mean precision at the hits' places, over min(k, test items) places."""

    name: ClassVar[str] = "map"
    label: ClassVar[str] = "MAP"
    higher_is_better: ClassVar[bool] = True

    def per_user(self, ranking: ScoredRanking) -> Values:
        """Return average precision."""
        k = ranking.hits.shape[1]
        precision = np.cumsum(ranking.hits, 1) / np.arange(1, k + 1)
        return _share((precision * ranking.hits).sum(1), np.minimum(ranking.n_relevant, k))

    def expected(self, ranking: ScoredRanking) -> Values:
        """Return the mean over all orders: hits at two places of one group exclude each other a little."""
        ties, hit_probability = ranking.ties, ranking.hit_probability
        assert ties is not None
        k = hit_probability.shape[1]
        sums = np.concatenate([np.zeros((hit_probability.shape[0], 1)), np.cumsum(hit_probability, 1)], axis=1)
        ahead = np.take_along_axis(sums, ties.start.astype(np.int64), axis=1)  # in the groups before
        relevant, size = ties.relevant.astype(np.float64), ties.size.astype(np.float64)
        other = np.maximum(relevant - 1, 0) / np.maximum(size - 1, 1)  # chance of a hit beside a hit, in its group
        beside = (np.arange(k) - ties.start) * other
        gains = hit_probability * (1 + ahead + beside) / np.arange(1, k + 1)
        return _share(gains.sum(1), np.minimum(ranking.n_relevant, k))


def _filled(ranking: ScoredRanking) -> NDArray[np.int64]:
    filled: NDArray[np.int64] = (ranking.items >= 0).sum(axis=1)
    return filled


def _no_hit_up_to(ranking: ScoredRanking) -> Values:
    """Return the chance that no item up to each place is a hit: float64[n_users, k].

    Of a group of n items with r hits, drawing one more after t without a hit misses with chance 1 - r / (n - t).
    """
    ties = ranking.ties
    assert ties is not None
    left = ties.size - (np.arange(ties.size.shape[1]) - ties.start)
    hit = np.minimum(ties.relevant / np.maximum(left, 1), 1.0)
    return np.cumprod(1 - hit, axis=1)
