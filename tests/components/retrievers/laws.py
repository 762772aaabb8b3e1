"""Laws of exact retrievers, against a slow search that is right by sight.

The slow search scores all pairs in float64 and sorts. Laws hold at the edges too: no items, no queries, k = 0, nothing
left, several threads, and NaN, which is never found.
"""

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hashbench.data.codes import Codes
from hashbench.data.interactions import Interactions
from hashbench.protocols import Hashed, RunContext


def hamming_scores(users, items):
    return -(users.codes.signs()[:, None] != items.codes.signs()[None]).sum(2).astype(float)


def inner_products(users, items):
    return users.embeddings.astype(float) @ items.embeddings.astype(float).T


def inner_products_with_codes(users, items):
    return users.embeddings.astype(float) @ items.codes.signs().astype(float).T


def slow_search(scores, k, exclude, min_score=-np.inf):
    """Rank by hand: highest score first, ties to the lower item, seen items left out, -1 and -inf as padding."""
    items, best = np.full((len(scores), k), -1), np.full((len(scores), k), -np.inf)
    for query, row in enumerate(scores):
        seen = set(exclude.row(query).tolist())
        allowed = [item for item in range(row.size) if item not in seen and row[item] >= min_score]
        ranked = sorted(allowed, key=lambda item: (-row[item], item))[:k]
        items[query, : len(ranked)], best[query, : len(ranked)] = ranked, row[ranked]
    return items, best


def sides(rng, n_users, n_items, n_bits, nan):
    """Return users and items with embeddings of small integers: sums are exact and ties are many."""
    hashed = []
    for n in (n_users, n_items):
        embeddings = rng.integers(-2, 3, (n, n_bits)).astype(np.float32)
        if nan and embeddings.size:
            embeddings[rng.random(n) < 0.3, 0] = np.nan
        hashed.append(Hashed(Codes.from_signs(rng.standard_normal((n, n_bits))), embeddings))
    return hashed


@st.composite
def searches(draw):
    """Draw users and items with codes and embeddings of the same signs, k, seen items, and a number of threads."""
    n_users, n_items, n_bits = draw(st.integers(1, 9)), draw(st.integers(1, 60)), draw(st.integers(1, 140))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    # Few distinct integer values, so that inner products are exact and ties are many.
    embeddings = [rng.integers(-1, 2, (n, n_bits)).astype(np.float32) for n in (n_users, n_items)]
    users, items = (Hashed(Codes.from_signs(side), side) for side in embeddings)
    seen = rng.random((n_users, n_items)) < draw(st.sampled_from([0, 0.3, 0.97]))
    exclude = Interactions.from_pairs(*np.nonzero(seen), n_users, n_items)
    return users, items, draw(st.integers(1, n_items)), exclude, draw(st.sampled_from([1, 2]))


class ExactSearchTests:
    """The laws of an exact retriever `component`, which ranks by `true_scores` of at least `min_score`."""

    component: ClassVar[Any]
    true_scores: ClassVar[Callable[[Hashed, Hashed], Any]]
    min_score: ClassVar[float] = -np.inf

    @settings(max_examples=150, suppress_health_check=[HealthCheck.differing_executors, HealthCheck.too_slow])
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
    def test_it_finds_what_the_slow_search_finds(self, seed, n_users, n_items, n_bits, k, share, nan, threads):
        rng = np.random.default_rng(seed)
        users, items = sides(rng, n_users, n_items, n_bits, nan)
        exclude = Interactions.from_pairs(*np.nonzero(rng.random((n_users, n_items)) < share), n_users, n_items)
        ranking = self.component.build(items, RunContext(threads=threads)).search(users, k, exclude)
        expected, scores = slow_search(type(self).true_scores(users, items), k, exclude, self.min_score)
        assert ranking.items.dtype == np.int32
        assert ranking.items.tolist() == expected.tolist()
        assert ranking.scores.tolist() == scores.tolist()

    def test_threads_change_nothing(self):
        rng = np.random.default_rng(1)
        users, items = sides(rng, 300, 900, 32, nan=False)
        exclude = Interactions.from_pairs(*np.nonzero(rng.random((300, 900)) < 0.1), 300, 900)
        single, several = (
            self.component.build(items, RunContext(threads=threads)).search(users, 50, exclude) for threads in (1, 7)
        )
        assert np.array_equal(single.items, several.items)
        assert np.array_equal(single.scores, several.scores)

    def test_a_large_batch_equals_single_queries(self):
        rng = np.random.default_rng(0)
        embeddings = [rng.integers(-3, 4, (n, 16)).astype(np.float32) for n in (600, 300)]
        users, items = (Hashed(Codes.from_signs(side), side) for side in embeddings)
        exclude = Interactions.from_pairs(rng.integers(0, 600, 3000), rng.integers(0, 300, 3000), 600, 300)
        index = self.component.build(items, RunContext(threads=2))
        batch = index.search(users, 20, exclude)
        for user in range(0, 600, 37):
            single = index.search(users.take([user]), 20, exclude.select([user]))
            assert np.array_equal(single.items[0], batch.items[user])


class CodeLengthTests:
    """The law of retrievers by Hamming distance: queries and items have codes of one length."""

    def test_codes_of_another_length_are_an_error(self):
        rng = np.random.default_rng(0)
        users, items = (Hashed(Codes.from_signs(rng.standard_normal((n, b)))) for n, b in ((3, 16), (5, 24)))
        items = Hashed(items.codes, np.ones((5, 24), np.float32))
        users = Hashed(users.codes, np.ones((3, 16), np.float32))
        index = self.component.build(items, RunContext())
        with pytest.raises(ValueError, match="queries of 16 bits do not fit items of 24"):
            index.search(users, 2, Interactions.empty(3, 5))


def bytes_per_item(retriever):
    """Measure a catalogue of codes with fewer than 32 ones in 32 bits, and as many floats."""
    rng = np.random.default_rng(0)
    n = 8192  # whole steps of the kernel: no padding
    embeddings = rng.standard_normal((n, 32)).astype(np.float32)
    items = Hashed(Codes.from_signs(embeddings), embeddings)
    assert items.codes.signs().sum(1).max() < 32
    return retriever.build(items, RunContext()).nbytes / n
