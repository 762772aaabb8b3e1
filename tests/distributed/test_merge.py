"""A sharded catalogue gives the rankings of the whole one, for every shardable retriever."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hashbench.data.codes import Codes
from hashbench.data.interactions import Interactions
from hashbench.distributed.merge import merge_rankings, restrict, shard_items, shard_ranges
from hashbench.protocols import Hashed, Reranker, RunContext
from hashbench.registry import shelves

RETRIEVERS = ["continuous", "hamming", "multi_index", "asymmetric", "threshold:radius=3", "threshold:at_least=1"]


class LocalShards:
    """An index of each shard, in this process."""

    def __init__(self, retriever, items, n_shards, ctx):
        self.shards = shard_ranges(len(items), n_shards)
        self.indexes = [retriever.build(shard_items(items, shard), ctx) for shard in self.shards]

    def search(self, queries, k, exclude):
        rankings = [
            index.search(queries, min(k, len(shard)), restrict(exclude, shard))
            for index, shard in zip(self.indexes, self.shards, strict=True)
        ]
        return merge_rankings(rankings, self.shards, k)


def hashed(rng, n, bit_values=None):
    """Embeddings of small integers: their products are exact in any order, and tie."""
    embeddings = rng.integers(-2, 3, (n, 12)).astype(np.float32)
    return Hashed(Codes.from_signs(rng.standard_normal((n, 12))), embeddings, bit_values)


@pytest.mark.parametrize("text", [*RETRIEVERS, "hierarchical:candidates=9"])
@settings(max_examples=40)
@given(
    seed=st.integers(0, 2**32),
    n_items=st.integers(1, 40),
    n_shards=st.integers(1, 6),
    k=st.integers(1, 9),
    data=st.data(),
)
def test_shards_rank_as_the_whole(text, seed, n_items, n_shards, k, data):
    k = min(k, n_items)
    rng, ctx = np.random.default_rng(seed), RunContext(0)
    retriever = shelves.create_component(shelves.RETRIEVERS, text)
    bit_values = np.sort(rng.integers(-3, 4, (2, 12)), axis=0).astype(np.float32)
    items, queries = hashed(rng, n_items, bit_values), hashed(rng, 5)
    seen = data.draw(st.lists(st.tuples(st.integers(0, 4), st.integers(0, n_items - 1)), max_size=60))
    exclude = Interactions.from_pairs([user for user, _ in seen], [item for _, item in seen], 5, n_items)
    whole = retriever.build(items, ctx).search(queries, k, exclude)
    if isinstance(retriever, Reranker):
        parts = retriever.rerank(LocalShards(retriever.candidate_retriever, items, n_shards, ctx), items, ctx)
    else:
        assert retriever.shardable
        parts = LocalShards(retriever, items, n_shards, ctx)
    ranking = parts.search(queries, k, exclude)
    np.testing.assert_array_equal(ranking.items, whole.items)
    np.testing.assert_array_equal(ranking.scores, whole.scores)


@given(st.integers(1, 100), st.integers(1, 20))
def test_a_catalogue_is_divided_evenly_and_completely(n_items, n_shards):
    shards = shard_ranges(n_items, n_shards)
    assert [item for shard in shards for item in shard] == list(range(n_items))
    sizes = {len(shard) for shard in shards}
    assert max(sizes) - min(sizes) <= 1
    assert 0 not in sizes


def test_exclusions_by_hand():
    pairs = Interactions.from_pairs([0, 0, 1, 2, 2], [0, 5, 4, 3, 6], 3, 8)
    inside = restrict(pairs, range(3, 6))
    assert inside.n_items == 3
    assert [inside.row(user).tolist() for user in range(3)] == [[2], [1], [0]]
