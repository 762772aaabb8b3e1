"""Metric profiles: metrics as published code counts them, so that published numbers are compared with the same metric.

In all of them, HR and recall are hits over the user's test items, and precision is hits over k. They differ in the
ideal ranking by which NDCG divides: in the number of its hits.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from hashbench.components.metrics import HR, NDCG, Precision, Recall, Values
from hashbench.protocols import ScoredRanking

Hits = NDArray[np.bool_]
Counts = NDArray[np.int64]


class Profile(ABC):
    """A way to count hr, recall, precision and ndcg.

    `differs` says in the notes of a table how it differs from the standard. If NDCG at k depends on the length of the
    whole ranking, `published_lengths` are those of published rankings.
    """

    name: ClassVar[str]
    differs: ClassVar[str]
    published_lengths: ClassVar[tuple[int, ...]] = ()

    @abstractmethod
    def ideal_hits(self, hits: Hits, n_relevant: Counts, k: int) -> Counts:
        """Return the number of hits in each user's ideal ranking; those beyond rank k do not count."""

    def list_length(self, stored: int) -> int:
        """Return how many ranks of a ranking of length `stored` NDCG depends on, whatever k is."""
        return stored

    def per_user(self, hits: Hits, n_relevant: Counts, k: int) -> dict[str, Values]:
        """Return hr, recall, precision and ndcg at k, one value per user; NaN for users without test items.

        Args:
            hits: bool[n_users, K], which ranks of the whole ranking hold a test item; K is at least k.
            n_relevant: int64[n_users], the number of the user's test items.
            k: Number of ranks that count.
        """
        items = np.broadcast_to(np.int32(0), hits.shape)  # these metrics do not depend on which items are hits
        ranking = ScoredRanking(items, hits, n_relevant).at(k)
        values = {metric.name: metric.per_user(ranking) for metric in (HR(), Recall(), Precision())}
        ideal = replace(ranking, n_relevant=self.ideal_hits(hits, n_relevant, k))
        ndcg = np.nan_to_num(NDCG().per_user(ideal))  # 0 where the ideal ranking has no hits
        return values | {NDCG.name: np.where(n_relevant > 0, ndcg, np.nan)}


@dataclass(frozen=True)
class Standard(Profile):
    """What hashbench reports: the ideal ranking has min(k, test items) hits (Järvelin and Kekäläinen, 2002).

    The values are those of `components/metrics.py` for rankings of k items without ties.
    """

    name: ClassVar[str] = "standard"
    differs: ClassVar[str] = "nothing differs"

    def ideal_hits(self, hits: Hits, n_relevant: Counts, k: int) -> Counts:
        """Return the number of test items."""
        return n_relevant


@dataclass(frozen=True)
class HashGNN(Profile):
    """HashGNN's published code: the ideal ranking has as many hits as the ranking, not as there are test items.

    `ndcg_at_k` (github.com/qiaoyu-tan/HashGNN, metrics_rs.py) sorts the relevances of the ranking itself and takes the
    first k. `evaluate_embedding_parellel_faiss_final` gives it the first 100. A user without hits has 0. So a model
    that finds fewer test items may have a higher NDCG. Its "HR" is recall.

    That code also ranks training items. They are left out here, and this cannot be recomputed from a ranking.
    """

    name: ClassVar[str] = "hashgnn"
    differs: ClassVar[str] = (
        "ndcg divides by the ideal order of the hits that were found in the first 100 places, not of all test items, "
        "as HashGNN's published code does. That code additionally does not mask the training items, which cannot be "
        "recomputed from a masked ranking"
    )
    published_lengths: ClassVar[tuple[int, ...]] = (100,)

    def ideal_hits(self, hits: Hits, n_relevant: Counts, k: int) -> Counts:
        """Return the hits among the first 100 ranks, or among the first k if k is more."""
        return _count(hits[:, : max(k, self.list_length(hits.shape[1]))])

    def list_length(self, stored: int) -> int:
        """Return 100, or `stored` if it is less."""
        return min(stored, *self.published_lengths)


@dataclass(frozen=True)
class HashLGN(Profile):
    """Equation 12 of the HashLGN report: the ideal ranking has k hits, even for a user with fewer test items.

    The report gives no code, and its tables cannot all come from this equation. With a mean precision P at K, it is at
    most the gain of P · K hits over the gain of K hits: .362 for LightGCN at 50, where the report prints .398.
    """

    name: ClassVar[str] = "hashlgn"
    differs: ClassVar[str] = (
        "ndcg divides by the gain of k hits, even for a user with fewer test items, as eq. 12 of the HashLGN report "
        "does. Most NDCG in that report's own Table 1 are higher than its precision allows by this equation"
    )

    def ideal_hits(self, hits: Hits, n_relevant: Counts, k: int) -> Counts:
        """Return k."""
        return np.full_like(n_relevant, k)


@dataclass(frozen=True)
class BiGeaR(Profile):
    """BiGeaR's and BGCH's published code: as HashGNN's, but over the whole list.

    `NDCG_K` (src/utils.py of github.com/yankai-chen/BiGeaR and github.com/yankai-chen/BGCH, after NGCF) sorts the hits
    of the whole list before it takes the first k. The list has max(topks) ranks: by default 100 in BiGeaR and 1,000 in
    BGCH. Here it is the stored ranking, so run with this k to compare. Both mask the training items.
    """

    name: ClassVar[str] = "bigear"
    differs: ClassVar[str] = (
        "ndcg divides by the ideal order of the hits that were found in the whole ranking, not of all test items, as "
        "the published code of BiGeaR and BGCH does, whose lists have 100 and 1,000 places"
    )
    published_lengths: ClassVar[tuple[int, ...]] = (100, 1000)

    def ideal_hits(self, hits: Hits, n_relevant: Counts, k: int) -> Counts:
        """Return the hits in the whole ranking."""
        return _count(hits)


def _count(hits: Hits) -> Counts:
    counts: Counts = hits.sum(axis=1, dtype=np.int64)
    return counts


PROFILES: Mapping[str, Profile] = {profile.name: profile for profile in (Standard(), HashGNN(), HashLGN(), BiGeaR())}
