"""Choosing the best of scored candidates: the heap and the buckets against a plain sort."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hashbench.kernels.top_k import rank_candidates, top_k

SCORES = st.sampled_from([-np.inf, np.nan, -2.5, -1e-40, -0.0, 0.0, 1e-40, 1.0, 3.25, 3e38])


@pytest.mark.parametrize("choose", [top_k, rank_candidates])
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


def rows(kind, width, rng):
    """Return float32[20, width]."""
    noise = rng.standard_normal((20, width)).astype(np.float32)
    return {
        "all different": noise,
        "few values": np.rint(noise),
        "one value": np.zeros_like(noise),
        "one large": np.where(np.arange(width) == width // 2, noise, -1).astype(np.float32),
        "rising": np.sort(noise),
        "falling": -np.sort(noise),
        "a part": np.where(rng.random(noise.shape) < 0.98, -np.inf, noise).astype(np.float32),
        "strange": np.where(rng.random(noise.shape) < 0.3, rng.choice([np.nan, np.inf, 3e38, -0.0]), noise).astype(
            "f4"
        ),
    }[kind]


@pytest.mark.parametrize("choose", [top_k, rank_candidates])
@pytest.mark.parametrize(
    "kind", ["all different", "few values", "one value", "one large", "rising", "falling", "a part", "strange"]
)
@pytest.mark.parametrize(("width", "k"), [(5000, 300), (3000, 8), (1030, 100), (400, 100), (130, 32), (70, 70)])
def test_large_rows(choose, kind, width, k):
    rng = np.random.default_rng(width + k)
    scores = rows(kind, width, rng)
    named = np.stack([rng.permutation(width) for _ in range(20)]).astype(np.int32)
    named[rng.random(named.shape) < 0.05] = -1
    found = [np.empty((20, k), kind) for kind in (np.int32, np.float32)]
    choose(scores, named, *found)
    for q in range(20):
        there = (named[q] >= 0) & (scores[q] > -np.inf)
        order = np.lexsort((named[q], -scores[q]))
        order = order[there[order]][:k]
        padding = k - len(order)
        assert found[0][q].tolist() == named[q][order].tolist() + [-1] * padding
        assert found[1][q].tolist() == scores[q][order].tolist() + [-np.inf] * padding
