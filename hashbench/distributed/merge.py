"""Parts of a sharded catalogue: ranges of items, the exclusions of each range, and the merge of rankings."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from hashbench.data.interactions import Interactions
from hashbench.protocols import Hashed, Ranking


def shard_ranges(n_items: int, n_shards: int) -> list[range]:
    """Divide the items into ranges of nearly equal size, in order. None is empty, so there may be fewer."""
    ends = np.linspace(0, n_items, min(n_shards, n_items) + 1).round().astype(int)
    return [range(start, stop) for start, stop in pairwise(ends.tolist())]


def shard_items(items: Hashed, shard: range) -> Hashed:
    """Return the items of a shard."""
    return items.take(np.arange(shard.start, shard.stop))


def restrict(interactions: Interactions, shard: range) -> Interactions:
    """Return the pairs whose items lie in the shard, with items numbered from the start of the shard."""
    inside = (interactions.indices >= shard.start) & (interactions.indices < shard.stop)
    n_before = np.concatenate([[0], np.cumsum(inside)])
    return Interactions(n_before[interactions.indptr], interactions.indices[inside] - shard.start, len(shard))


def merge_rankings(rankings: Sequence[Ranking], shards: Sequence[range], k: int) -> Ranking:
    """Return the best k of all shards' rankings. Of equal scores the lower item number comes first."""
    items = np.concatenate(
        [
            np.where(ranking.items < 0, -1, ranking.items + shard.start)
            for ranking, shard in zip(rankings, shards, strict=True)
        ],
        axis=1,
    )
    scores = np.concatenate([ranking.scores for ranking in rankings], axis=1)
    # Ties are in the order of item numbers within rankings and across shards. A stable sort keeps that order.
    best = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    merged = Ranking(
        np.take_along_axis(items, best, axis=1).astype(np.int32),
        np.take_along_axis(scores, best, axis=1).astype(np.float32),
    )
    if (missing := k - merged.items.shape[1]) <= 0:
        return merged
    widths = ((0, 0), (0, missing))
    return Ranking(
        np.pad(merged.items, widths, constant_values=-1), np.pad(merged.scores, widths, constant_values=-np.inf)
    )
