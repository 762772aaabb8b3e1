"""The generated data set: as asked, the same everywhere, hard as real data."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.sparse.linalg import svds

from hashbench.components.datasets.synthetic import Synthetic
from hashbench.components.splits.ratio import Ratio
from hashbench.data.interactions import Interactions
from hashbench.errors import BadParameter
from hashbench.protocols import LoadContext, RunContext
from hashbench.registry.shelves import DATASETS, create_component

# The data set's identity: a change of these digits makes old results incomparable.
DEFAULT_DIGEST = "c08bb9761b53"


def test_default_is_the_data_set_it_always_was() -> None:
    data = Synthetic().load(LoadContext())
    assert data.interactions.digest()[:12] == DEFAULT_DIGEST
    assert data.source == "generated, seed 0"


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_sizes_are_exactly_as_asked(draw: st.DataObject) -> None:
    users, items = draw.draw(st.integers(2, 60)), draw.draw(st.integers(2, 60))
    interactions = draw.draw(st.integers(2, max(2, users * items // 2)))
    size = Synthetic(users, items, interactions, draw.draw(st.integers(1, 40)), draw.draw(st.floats(0, 1)))
    data = size.generate()
    assert (data.n_users, data.n_items, len(data)) == (users, items, interactions)
    assert size.generate().digest() == data.digest()


def test_another_seed_is_another_data_set() -> None:
    assert len({Synthetic(seed=seed, interactions=5_000).generate().digest() for seed in range(3)}) == 3


def test_popularity_and_activity_have_long_tails() -> None:
    data = Synthetic().generate()
    popularity = np.sort(np.bincount(data.indices, minlength=data.n_items))[::-1]
    assert popularity[: data.n_items // 10].sum() > 0.3 * len(data)
    assert data.counts.max() > 10 * np.median(data.counts)
    assert data.counts.min() >= 3


def test_items_ids_tell_nothing_of_popularity() -> None:
    data = Synthetic().generate()
    popularity = np.bincount(data.indices, minlength=data.n_items)
    assert abs(np.corrcoef(np.arange(data.n_items), popularity)[0, 1]) < 0.1


def test_methods_rank_as_on_real_data() -> None:
    """MovieLens-1M has most popular .115, SVD-64 .254, its LSH codes .133 (FACTS, section 5)."""
    data = Synthetic().load(LoadContext())
    split = Ratio(valid=0.0).split(data, RunContext())
    popularity = np.bincount(split.train.indices, minlength=data.interactions.n_items).astype(float)
    train = _matrix(split.train)
    degrees = np.maximum(split.train.counts, 1) ** -0.5, np.maximum(popularity, 1) ** -0.5
    normalised = sparse.diags(degrees[0]) @ train @ sparse.diags(degrees[1])
    items = svds(normalised, 64, random_state=0)[2].T
    users = normalised @ items
    planes = np.random.default_rng(0).normal(size=(64, 64))
    popular = _recall(split.train, split.test, np.tile(popularity, (data.interactions.n_users, 1)))
    personal = _recall(split.train, split.test, users @ items.T)
    hashed = _recall(split.train, split.test, np.sign(users @ planes) @ np.sign(items @ planes).T)
    assert 0.08 < popular < 0.13
    assert 0.23 < personal < 0.28
    assert 0.10 < hashed < 0.17


def test_memory_does_not_grow_with_users_times_items() -> None:
    tracemalloc.start()
    data = Synthetic(users=40_000, items=200_000, interactions=200_000).generate()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(data) == 200_000
    assert peak < 200 * 2**20  # a dense matrix of bits would take 1,000 MiB


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "synthetic:users=10,items=10,interactions=51",
            "data set 'synthetic': interactions must be at most users × items / 2 = 50, got 51",
        ),
        ("synthetic:users=1", "data set 'synthetic:users=1': users must be at least 2, got 1"),
        ("synthetic:noise=1.5", "data set 'synthetic:noise=1.5': noise must be at most 1, got 1.5"),
        ("synthetic:tastes=0", "data set 'synthetic:tastes=0': tastes must be at least 1, got 0"),
    ],
)
def test_impossible_sizes_are_refused(text: str, problem: str) -> None:
    with pytest.raises(BadParameter) as error:
        create_component(DATASETS, text)
    assert str(error.value) == problem


def _matrix(interactions: Interactions) -> sparse.csr_matrix:
    shape = interactions.n_users, interactions.n_items
    return sparse.csr_matrix((np.ones(len(interactions)), interactions.indices, interactions.indptr), shape)


def _recall(train: Interactions, test: Interactions, scores: np.ndarray, k: int = 20) -> float:
    scores = np.where(_matrix(train).toarray() > 0, -np.inf, scores)
    best = np.argpartition(-scores, k, axis=1)[:, :k]
    hits = np.take_along_axis(_matrix(test).toarray(), best, axis=1).sum(1)
    tested = test.counts > 0
    return float((hits[tested] / test.counts[tested]).mean())
