"""What a cut catalogue needs: ranges of items, what of a query's exclusions lies in each, and rankings merged."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from hashbench.data.interactions import Interactions
from hashbench.protocols import Hashed, Ranking


def cut(n_items: int, n_shards: int) -> list[range]:
    """Cut the items into ranges of nearly one size, in order; none is empty, so there may be fewer."""
    ends = np.linspace(0, n_items, min(n_shards, n_items) + 1).round().astype(int)
    return [range(start, stop) for start, stop in pairwise(ends.tolist())]


def part_of(items: Hashed, shard: range) -> Hashed:
    """Return the items of a shard."""
    return items.take(np.arange(shard.start, shard.stop))


def within(interactions: Interactions, shard: range) -> Interactions:
    """Return the pairs whose items lie in a shard, numbered as there."""
    inside = (interactions.indices >= shard.start) & (interactions.indices < shard.stop)
    before = np.concatenate([[0], np.cumsum(inside)])
    return Interactions(before[interactions.indptr], interactions.indices[inside] - shard.start, len(shard))


def merged(rankings: Sequence[Ranking], shards: Sequence[range], k: int) -> Ranking:
    """Return the best k of the rankings of all shards; equal scores go to the lower item number."""
    items = np.concatenate(
        [np.where(one.items < 0, -1, one.items + shard.start) for one, shard in zip(rankings, shards, strict=True)],
        axis=1,
    )
    scores = np.concatenate([one.scores for one in rankings], axis=1)
    # Each ranking is in this order already, and shards are in the order of their items: a stable sort by score will do.
    best = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    found = Ranking(
        np.take_along_axis(items, best, axis=1).astype(np.int32),
        np.take_along_axis(scores, best, axis=1).astype(np.float32),
    )
    if (missing := k - found.items.shape[1]) <= 0:
        return found
    widths = ((0, 0), (0, missing))
    return Ranking(
        np.pad(found.items, widths, constant_values=-1), np.pad(found.scores, widths, constant_values=-np.inf)
    )
