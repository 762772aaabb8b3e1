"""Metrics of the first k ranks, one value per user, and their expected values over all orders of tied items.

k is the width of the scored ranking. The value of a user without test items is NaN. The expected value of a metric that
is linear in the hits is the metric of the hit probabilities. The other metrics have closed forms (McSherry and Najork,
ECIR 2008).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hashbench.protocols import ScoredRanking

Values = NDArray[np.float64]


def _divide(numerator: NDArray[np.number], denominator: NDArray[np.number]) -> Values:
    """Divide; NaN if the denominator is 0."""
    quotients: Values = np.divide(numerator, denominator, out=np.full(numerator.shape, np.nan), where=denominator > 0)
    return quotients


def _where_defined(values: ArrayLike, ranking: ScoredRanking) -> Values:
    return np.where(ranking.n_relevant > 0, values, np.nan)


def _discounts(k: int) -> Values:
    return 1 / np.log2(np.arange(2, k + 2))


class Linear:
    """Base of metrics that are linear in the hits. A subclass defines the value of gains float64[n_users, k]."""

    def value(self, gains: Values, ranking: ScoredRanking) -> Values:
        """Return float64[n_users]."""
        raise NotImplementedError

    def per_user(self, ranking: ScoredRanking) -> Values:
        """Return the value of the hits."""
        return self.value(ranking.hits.astype(np.float64), ranking)

    def expected(self, ranking: ScoredRanking) -> Values:
        """Return the mean over all orders of tied items."""
        return self.value(ranking.hit_probability, ranking)


@dataclass(frozen=True)
class Recall(Linear):
    """Recall: hits / test items of the user."""

    name: ClassVar[str] = "recall"
    label: ClassVar[str] = "Recall"
    higher_is_better: ClassVar[bool] = True

    def value(self, gains: Values, ranking: ScoredRanking) -> Values:
        """Return hits / test items."""
        return _divide(gains.sum(1), ranking.n_relevant)


@dataclass(frozen=True)
class HR(Recall):
    """HR@k = hits / test items (recall), as the code of HashGNN computes its hit rate.

    The share of users with at least one hit is `hit_rate`.
    """

    name: ClassVar[str] = "hr"
    label: ClassVar[str] = "HR"


@dataclass(frozen=True)
class HitRate:
    """Hit rate: 1 for a user with at least one hit, otherwise 0."""

    name: ClassVar[str] = "hit_rate"
    label: ClassVar[str] = "Hit rate"
    higher_is_better: ClassVar[bool] = True

    def per_user(self, ranking: ScoredRanking) -> Values:
        """Return 1 or 0."""
        return _where_defined(ranking.hits.any(1).astype(np.float64), ranking)

    def expected(self, ranking: ScoredRanking) -> Values:
        """Return the probability of at least one hit."""
        return _where_defined(1 - _no_hit_probability(ranking)[:, -1], ranking)


@dataclass(frozen=True)
class NDCG(Linear):
    """Normalised discounted cumulative gain (Järvelin and Kekäläinen, 2002); the ideal has min(k, test items) hits."""

    name: ClassVar[str] = "ndcg"
    label: ClassVar[str] = "NDCG"
    higher_is_better: ClassVar[bool] = True

    def value(self, gains: Values, ranking: ScoredRanking) -> Values:
        """Return DCG / ideal DCG."""
        k = gains.shape[1]
        discounts = _discounts(k)
        ideal = np.concatenate([[0.0], np.cumsum(discounts)])[np.minimum(ranking.n_relevant, k)]
        return _divide(gains @ discounts, ideal)


@dataclass(frozen=True)
class Precision(Linear):
    """Precision: hits / items returned, which are k or fewer."""

    name: ClassVar[str] = "precision"
    label: ClassVar[str] = "Precision"
    higher_is_better: ClassVar[bool] = True

    def value(self, gains: Values, ranking: ScoredRanking) -> Values:
        """Return hits / items returned, 0 if none is."""
        return _where_defined(gains.sum(1) / np.maximum(_n_returned(ranking), 1), ranking)


@dataclass(frozen=True)
class F1(Linear):
    """Harmonic mean of each user's precision and recall."""

    name: ClassVar[str] = "f1"
    label: ClassVar[str] = "F1"
    higher_is_better: ClassVar[bool] = True

    def value(self, gains: Values, ranking: ScoredRanking) -> Values:
        """Return 2 · hits / (items returned + test items)."""
        return _where_defined(2 * gains.sum(1) / np.maximum(_n_returned(ranking) + ranking.n_relevant, 1), ranking)


@dataclass(frozen=True)
class MRR:
    """Reciprocal rank of the first hit; 0 without a hit in the first k ranks."""

    name: ClassVar[str] = "mrr"
    label: ClassVar[str] = "MRR"
    higher_is_better: ClassVar[bool] = True

    def per_user(self, ranking: ScoredRanking) -> Values:
        """Return 1 / rank."""
        ranks = ranking.hits.argmax(1) + 1
        return _where_defined(ranking.hits.any(1) / ranks, ranking)

    def expected(self, ranking: ScoredRanking) -> Values:
        """Return the mean of 1 / rank: the sum over ranks of the probability that the first hit is there, / rank."""
        none_so_far = _no_hit_probability(ranking)
        before = np.concatenate([np.ones((none_so_far.shape[0], 1)), none_so_far[:, :-1]], axis=1)
        ranks = np.arange(1, none_so_far.shape[1] + 1)
        return _where_defined(((before - none_so_far) / ranks).sum(1), ranking)


@dataclass(frozen=True)
class MAP:
    """Average precision at k: the sum of the precisions at the hits' ranks / min(k, test items)."""

    name: ClassVar[str] = "map"
    label: ClassVar[str] = "MAP"
    higher_is_better: ClassVar[bool] = True

    def per_user(self, ranking: ScoredRanking) -> Values:
        """Return average precision."""
        k = ranking.hits.shape[1]
        precision = np.cumsum(ranking.hits, 1) / np.arange(1, k + 1)
        return _divide((precision * ranking.hits).sum(1), np.minimum(ranking.n_relevant, k))

    def expected(self, ranking: ScoredRanking) -> Values:
        """Return the mean over all orders of ties. Hits at two ranks of one group are not independent."""
        ties, hit_probability = ranking.ties, ranking.hit_probability
        assert ties is not None
        k = hit_probability.shape[1]
        sums = np.concatenate([np.zeros((hit_probability.shape[0], 1)), np.cumsum(hit_probability, 1)], axis=1)
        ahead = np.take_along_axis(sums, ties.start.astype(np.int64), axis=1)  # expected hits in the groups before
        relevant, size = ties.relevant.astype(np.float64), ties.size.astype(np.float64)
        other = np.maximum(relevant - 1, 0) / np.maximum(
            size - 1, 1
        )  # probability of a hit at another rank of a hit's group
        beside = (np.arange(k) - ties.start) * other
        gains = hit_probability * (1 + ahead + beside) / np.arange(1, k + 1)
        return _divide(gains.sum(1), np.minimum(ranking.n_relevant, k))


def _n_returned(ranking: ScoredRanking) -> NDArray[np.int64]:
    counts: NDArray[np.int64] = (ranking.items >= 0).sum(axis=1)
    return counts


def _no_hit_probability(ranking: ScoredRanking) -> Values:
    """Return the probability of no hit up to each rank: float64[n_users, k].

    In a group of n items with r hits, after t items without a hit, the next is none with probability 1 - r / (n - t).
    """
    ties = ranking.ties
    assert ties is not None
    left = ties.size - (np.arange(ties.size.shape[1]) - ties.start)
    hit = np.minimum(ties.relevant / np.maximum(left, 1), 1.0)
    return np.cumprod(1 - hit, axis=1)
