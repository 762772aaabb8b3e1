"""Metric profiles: hits counted as published code counts them, so that a published number is compared with its like.

All of them take HR and recall as hits over the user's test items and precision as hits over k, as that code does. They
differ in the ideal ranking by which NDCG divides: in how many hits it has.
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

    `differs` says, for the notes of a table, in what it is not standard. `lists` are the lengths of the published
    rankings, where NDCG at any k depends on the length of the whole.
    """

    name: ClassVar[str]
    differs: ClassVar[str]
    lists: ClassVar[tuple[int, ...]] = ()

    @abstractmethod
    def ideal_hits(self, hits: Hits, n_relevant: Counts, k: int) -> Counts:
        """Return how many hits each user's ideal ranking has; those after place k do not count."""

    def list_length(self, stored: int) -> int:
        """Return on how many places of a ranking of that length NDCG depends whatever k; `lists` has the published."""
        return stored

    def per_user(self, hits: Hits, n_relevant: Counts, k: int) -> dict[str, Values]:
        """Return hr, recall, precision and ndcg at k, one value a user: NaN for a user without test items.

        Args:
            hits: bool[n_users, K], which places of the whole ranking hold a test item; K is at least k.
            n_relevant: int64[n_users], the user's test items.
            k: How many places count.
        """
        which = np.broadcast_to(np.int32(0), hits.shape)  # these metrics do not ask which items they were
        first = ScoredRanking(which, hits, n_relevant).at(k)
        values = {metric.name: metric.per_user(first) for metric in (HR(), Recall(), Precision())}
        ideal = replace(first, n_relevant=self.ideal_hits(hits, n_relevant, k))
        ndcg = np.nan_to_num(NDCG().per_user(ideal))  # 0 where the ideal ranking has no hits
        return values | {NDCG.name: np.where(n_relevant > 0, ndcg, np.nan)}


@dataclass(frozen=True)
class Standard(Profile):
    """What hashbench reports: the ideal ranking has min(k, test items) hits (Järvelin and Kekäläinen, 2002).

    It is `evaluation/metrics.py` for rankings with k items and one order of ties.
    """

    name: ClassVar[str] = "standard"
    differs: ClassVar[str] = "nothing differs"

    def ideal_hits(self, hits: Hits, n_relevant: Counts, k: int) -> Counts:
        """Return all test items."""
        return n_relevant


@dataclass(frozen=True)
class HashGNN(Profile):
    """HashGNN's published code: the ideal ranking has the hits that were found, not those there are to find.

    `ndcg_at_k` (github.com/qiaoyu-tan/HashGNN, metrics_rs.py) sorts the relevances of the ranking itself, of which
    `evaluate_embedding_parellel_faiss_final` gives it the first 100, and takes the first k; a user without hits has 0.
    So a model that finds fewer test items may gain. Its "HR" is recall.

    That code also ranks training items, which are left out here; from such a ranking that cannot be recomputed.
    """

    name: ClassVar[str] = "hashgnn"
    differs: ClassVar[str] = (
        "ndcg divides by the ideal order of the hits that were found in the first 100 places, not of all test items, "
        "as HashGNN's published code does. That code additionally does not mask the training items, which cannot be "
        "recomputed from a masked ranking"
    )
    lists: ClassVar[tuple[int, ...]] = (100,)

    def ideal_hits(self, hits: Hits, n_relevant: Counts, k: int) -> Counts:
        """Return the hits among the first 100 places, or k where that is more."""
        return _count(hits[:, : max(k, self.list_length(hits.shape[1]))])

    def list_length(self, stored: int) -> int:
        """Return 100, or what there is."""
        return min(stored, *self.lists)


@dataclass(frozen=True)
class HashLGN(Profile):
    """Equation 12 of the HashLGN report: the ideal ranking has k hits, even for a user with fewer test items.

    The report gives no code, and its tables cannot all come from this equation: with a mean precision P at K it gives
    at most the gain of P · K hits over that of K, say .362 for LightGCN at 50, where the report prints .398.
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
    """BiGeaR's and BGCH's published code: as HashGNN's, over the longest list that is asked for.

    `NDCG_K` (src/utils.py of github.com/yankai-chen/BiGeaR and github.com/yankai-chen/BGCH, after NGCF) sorts the hits
    of the whole list before it takes the first k. The list has max(topks) places: by default 100 in BiGeaR, 1,000 in
    BGCH. Here it is the stored one, so a run for either is to ask for that k. Both mask the training items.
    """

    name: ClassVar[str] = "bigear"
    differs: ClassVar[str] = (
        "ndcg divides by the ideal order of the hits that were found in the whole ranking, not of all test items, as "
        "the published code of BiGeaR and BGCH does, whose lists have 100 and 1,000 places"
    )
    lists: ClassVar[tuple[int, ...]] = (100, 1000)

    def ideal_hits(self, hits: Hits, n_relevant: Counts, k: int) -> Counts:
        """Return the hits among all places."""
        return _count(hits)


def _count(hits: Hits) -> Counts:
    counts: Counts = hits.sum(axis=1, dtype=np.int64)
    return counts


PROFILES: Mapping[str, Profile] = {profile.name: profile for profile in (Standard(), HashGNN(), HashLGN(), BiGeaR())}
