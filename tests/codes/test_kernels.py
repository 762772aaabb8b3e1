"""Choosing the best of scored candidates: the heap and the buckets against a plain sort."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hashbench.codes.kernels import largest, rank_candidates

SCORES = st.sampled_from([-np.inf, np.nan, -2.5, -1e-40, -0.0, 0.0, 1e-40, 1.0, 3.25, 3e38])


@pytest.mark.parametrize("choose", [largest, rank_candidates])
@settings(max_examples=300)
@given(seed=st.integers(0, 2**32 - 1), k=st.integers(1, 40), scores=st.lists(SCORES, max_size=60), noise=st.booleans())
def test_the_best_are_those_of_a_plain_sort(choose, seed, k, scores, noise):
    rng = np.random.default_rng(seed)
    row = np.array(scores, np.float32)
    if noise:
        row = row + rng.standard_normal(row.size).astype(np.float32)
    named = rng.permutation(1000)[: row.size].astype(np.int32)
    named[rng.random(row.size) < 0.1] = -1
    items, best = np.full((1, k), 77, np.int32), np.full((1, k), 77, np.float32)
    choose(row[None], named[None], items, best)
    there = [(-score, name) for score, name in zip(row.tolist(), named.tolist(), strict=True) if name >= 0]
    expected = sorted(pair for pair in there if pair[0] < np.inf)[:k]
    padding = k - len(expected)
    assert items[0].tolist() == [name for _, name in expected] + [-1] * padding
    assert best[0].tolist() == [-score for score, _ in expected] + [-np.inf] * padding


def test_large_rows_of_few_values():
    rng = np.random.default_rng(0)
    scores = rng.integers(-3, 4, (20, 5000)).astype(np.float32)
    named = np.stack([rng.permutation(5000) for _ in range(20)]).astype(np.int32)
    found = [np.empty((20, 300), kind) for kind in (np.int32, np.float32)]
    rank_candidates(scores, named, *found)
    for q in range(20):
        order = np.lexsort((named[q], -scores[q]))[:300]
        assert found[0][q].tolist() == named[q][order].tolist()
        assert found[1][q].tolist() == scores[q][order].tolist()
