"""Every exact retriever against one slow twin, at the edges: no items, no queries, k = 0, nothing left, NaN, threads.

The twin scores all pairs in float64 and sorts; a NaN is never found, whatever else a query finds.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hashbench.components.retrievers.asymmetric import Asymmetric
from hashbench.components.retrievers.continuous import Continuous
from hashbench.components.retrievers.hamming import Hamming
from hashbench.components.retrievers.hierarchical import Hierarchical
from hashbench.components.retrievers.multi_index import MultiIndex
from hashbench.components.retrievers.threshold import Threshold
from hashbench.data.codes import Codes
from hashbench.data.interactions import Interactions
from hashbench.protocols import Hashed, RunContext


def by_codes(users, items):
    return -(users.codes.signs()[:, None] != items.codes.signs()).sum(2).astype(float)


def by_embeddings(users, items):
    return users.embeddings.astype(float) @ items.embeddings.astype(float).T


def by_both(users, items):
    return users.embeddings.astype(float) @ items.codes.signs().astype(float).T


EXACT = [
    (Hamming(), by_codes, -np.inf),
    (MultiIndex(), by_codes, -np.inf),
    (MultiIndex(fallback=False), by_codes, -np.inf),
    (Continuous(), by_embeddings, -np.inf),
    (Hierarchical(candidates=10_000), by_embeddings, -np.inf),
    (Asymmetric(), by_both, -np.inf),
    (Threshold(radius=3), by_codes, -3),
    (Threshold(at_least=1.0), by_embeddings, 1.0),
]


def twin(scores, k, exclude, lowest):
    """Rank by hand: score falling, item number rising, -1 and -inf where nothing is left."""
    items, best = np.full((len(scores), k), -1), np.full((len(scores), k), -np.inf)
    for q, row in enumerate(scores):
        seen = set(exclude.row(q).tolist())
        left = [item for item in range(row.size) if item not in seen and row[item] >= lowest]
        left = sorted(left, key=lambda item: (-row[item], item))[:k]
        items[q, : len(left)], best[q, : len(left)] = left, row[left]
    return items, best


def sides(rng, n_users, n_items, n_bits, nan):
    """Small whole numbers, so that sums are exact and ties many, away from the threshold's edge by nothing."""
    made = []
    for n in (n_users, n_items):
        embeddings = rng.integers(-2, 3, (n, n_bits)).astype(np.float32)
        if nan and embeddings.size:
            embeddings[rng.random(n) < 0.3, 0] = np.nan
        made.append(Hashed(Codes.from_signs(rng.standard_normal((n, n_bits))), embeddings))
    return made


@pytest.mark.parametrize(("retriever", "score", "lowest"), EXACT, ids=lambda value: getattr(value, "name", ""))
@settings(max_examples=150)
@given(
    seed=st.integers(0, 2**32 - 1),
    n_users=st.integers(0, 6),
    n_items=st.integers(0, 40),
    n_bits=st.sampled_from([1, 7, 8, 32, 40]),
    k=st.integers(0, 60),
    share=st.sampled_from([0, 0.3, 1]),
    nan=st.booleans(),
    threads=st.sampled_from([1, 2, 64]),
)
def test_what_the_slow_twin_finds(retriever, score, lowest, seed, n_users, n_items, n_bits, k, share, nan, threads):
    rng = np.random.default_rng(seed)
    users, items = sides(rng, n_users, n_items, n_bits, nan)
    exclude = Interactions.from_pairs(*np.nonzero(rng.random((n_users, n_items)) < share), n_users, n_items)
    ranking = retriever.build(items, RunContext(threads=threads)).search(users, k, exclude)
    found, best = twin(score(users, items), k, exclude, lowest)
    assert ranking.items.dtype == np.int32
    assert ranking.items.tolist() == found.tolist()
    assert ranking.scores.tolist() == best.tolist()


@pytest.mark.parametrize(("retriever", "score", "lowest"), EXACT, ids=lambda value: getattr(value, "name", ""))
def test_threads_change_nothing(retriever, score, lowest):
    rng = np.random.default_rng(1)
    users, items = sides(rng, 300, 900, 32, nan=False)
    exclude = Interactions.from_pairs(*np.nonzero(rng.random((300, 900)) < 0.1), 300, 900)
    one, many = (retriever.build(items, RunContext(threads=n)).search(users, 50, exclude) for n in (1, 7))
    assert np.array_equal(one.items, many.items)
    assert np.array_equal(one.scores, many.scores)


@pytest.mark.parametrize("retriever", [Hamming(), MultiIndex(), Hierarchical(), Threshold(radius=3)])
def test_codes_of_another_width_are_an_error(retriever):
    users, items = (
        sides(np.random.default_rng(0), 3, 5, n_bits, nan=False)[side] for side, n_bits in ((0, 16), (1, 24))
    )
    index = retriever.build(items, RunContext())
    with pytest.raises(ValueError, match="queries of 16 bits do not fit items of 24"):
        index.search(users, 2, Interactions.empty(3, 5))
