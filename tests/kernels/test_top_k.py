"""Choosing the best of scored candidates: the heap and the buckets against their definition."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hashbench.kernels.top_k import inner_products, rank_candidates, top_k

from .definitions import definition_of

largest = definition_of("top_k", "largest")
SCORES = st.sampled_from([-np.inf, np.nan, -2.5, -1e-40, -0.0, 0.0, 1e-40, 1.0, 3.25, 3e38])


def check(scores, names, items, best):
    """Compare one row of results with the definition."""
    ranking = largest(scores, names, len(items))
    padding = len(items) - len(ranking)
    assert items.tolist() == names[ranking].tolist() + [-1] * padding
    assert best.tolist() == scores[ranking].tolist() + [-np.inf] * padding


@pytest.mark.parametrize("choose", [top_k, rank_candidates])
@settings(max_examples=300, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), k=st.integers(1, 40), scores=st.lists(SCORES, max_size=60), noise=st.booleans())
def test_the_best_are_those_of_the_definition(choose, seed, k, scores, noise):
    rng = np.random.default_rng(seed)
    row = np.array(scores, np.float32)
    if noise:
        row = row + rng.standard_normal(row.size).astype(np.float32)
    names = rng.permutation(1000)[: row.size].astype(np.int32)
    names[rng.random(row.size) < 0.1] = -1
    items, best = np.full((1, k), 77, np.int32), np.full((1, k), 77, np.float32)
    choose(row[None], names[None], items, best)
    check(row, names, items[0], best[0])


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
    names = np.stack([rng.permutation(width) for _ in range(20)]).astype(np.int32)
    names[rng.random(names.shape) < 0.05] = -1
    items, best = np.empty((20, k), np.int32), np.empty((20, k), np.float32)
    choose(scores, names, items, best)
    for q in range(20):
        check(scores[q], names[q], items[q], best[q])


def test_inner_products_by_numpy():
    rng = np.random.default_rng(0)
    queries, embeddings = (rng.standard_normal((n, 37)).astype(np.float32) for n in (3, 50))
    candidates = rng.integers(-1, 50, (3, 70)).astype(np.int32)
    scores = np.empty(candidates.shape, np.float32)
    inner_products(queries, embeddings, candidates, scores)
    expected = np.take_along_axis(queries @ embeddings.T, np.maximum(candidates, 0).astype(np.int64), axis=1)
    assert np.allclose(scores, np.where(candidates < 0, -np.inf, expected), atol=1e-5)
