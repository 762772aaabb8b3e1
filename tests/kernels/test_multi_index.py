"""Chunk tables and their search against NumPy so plain that it is right by sight."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hashbench.data.codes import Codes
from hashbench.data.interactions import Interactions
from hashbench.kernels.item_bits import ItemLists
from hashbench.kernels.multi_index import ChunkTables, chunks_for, count_at, hamming_knn, in_words


def clustered(rng, n, n_bits, flipped):
    """Signs around three centres, which few or many of the bits leave."""
    centres = np.random.default_rng(0).standard_normal((3, n_bits))
    return centres[rng.integers(0, 3, n)] * np.where(rng.random((n, n_bits)) < flipped, -1, 1)


@st.composite
def cases(draw):
    n_queries, n_items = draw(st.integers(1, 6)), draw(st.integers(0, 80))
    n_bits, flipped = draw(st.integers(1, 130)), draw(st.sampled_from([0, 0.02, 0.1, 0.5]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    queries, items = (Codes.from_signs(clustered(rng, n, n_bits, flipped)) for n in (n_queries, n_items))
    n_chunks = draw(st.integers(-(-n_bits // 10), n_bits))
    lists = [
        Interactions.from_pairs(*np.nonzero(rng.random((n_queries, n_items)) < share), n_queries, n_items)
        for share in (draw(st.sampled_from([0, 0.3, 0.97])), 0.2)
    ]
    return queries, items, n_chunks, *lists


def distances_of(queries, items):
    return (queries.signs()[:, None] != items.signs()[None]).sum(2)


def plain_search(queries, items, k, exclude):
    """Nearest first, ties to the lower item, excluded items left out, -1 as padding."""
    indices, apart = np.full((2, len(queries), k), -1)
    for query, row in enumerate(distances_of(queries, items)):
        allowed = np.setdiff1d(np.arange(row.size), exclude.row(query))
        ranked = allowed[np.argsort(row[allowed], kind="stable")][:k]
        indices[query, : ranked.size], apart[query, : ranked.size] = ranked, row[ranked]
    return indices, apart


def search(tables, queries, k, exclude, budget):
    n = len(queries)
    items, distances, answered = np.empty((n, k), np.int32), np.empty((n, k), np.int32), np.empty(n, bool)
    hamming_knn(tables, in_words(queries), exclude.indptr, exclude.indices, budget, items, distances, answered)
    return items, distances, answered


@given(cases())
@settings(deadline=None)
def test_a_table_lists_each_item_once_under_the_value_of_its_chunk(case):
    _, items, n_chunks, *_ = case
    tables = ChunkTables.of(items, n_chunks)
    bits = items.signs() > 0
    widths = np.diff(tables.bounds)
    assert (tables.bounds[0], tables.bounds[-1], widths.size) == (0, items.n_bits, n_chunks)
    assert widths.max() - widths.min() <= 1
    for chunk, (begin, end) in enumerate(zip(tables.bounds[:-1], tables.bounds[1:], strict=True)):
        values = bits[:, begin:end] @ (1 << np.arange(end - begin))
        offsets = tables.offsets[tables.starts[chunk] :][: (1 << end - begin) + 1]
        assert np.array_equal(tables.items[chunk], np.argsort(values, kind="stable"))
        assert np.array_equal(np.diff(offsets), np.bincount(values, minlength=1 << end - begin))
    assert tables.nbytes == sum(part.nbytes for part in tables)


@given(cases(), st.integers(1, 90))
@settings(deadline=None)
def test_the_nearest_are_found(case, k):
    queries, items, n_chunks, exclude, _ = case
    indices, distances, answered = search(ChunkTables.of(items, n_chunks), queries, k, exclude, 2**62)
    assert answered.all()
    assert np.array_equal((indices, distances), plain_search(queries, items, k, exclude))


@given(cases(), st.integers(1, 9), st.integers(0, 2000))
@settings(deadline=None)
def test_within_a_budget_a_query_is_answered_rightly_or_given_up(case, k, budget):
    queries, items, n_chunks, exclude, _ = case
    tables = ChunkTables.of(items, n_chunks)
    indices, distances, answered = search(tables, queries, k, exclude, budget)
    expected = plain_search(queries, items, k, exclude)
    assert np.array_equal(indices[answered], expected[0][answered])
    assert np.array_equal(distances[answered], expected[1][answered])
    assert np.all(answered <= search(tables, queries, k, exclude, 2 * budget)[2])


def test_buckets_beyond_what_is_looked_at_together():
    rng = np.random.default_rng(1)
    items = Codes.from_signs(rng.standard_normal((20_000, 18)))
    queries, none = items.take(np.arange(5)), Interactions.empty(5, 20_000)
    for n_chunks in (1, 6):
        indices, distances, _ = search(ChunkTables.of(items, n_chunks), queries, 3000, none, 2**62)
        assert np.array_equal((indices, distances), plain_search(queries, items, 3000, none))


@given(cases(), st.integers(-1, 8))
@settings(deadline=None)
def test_items_at_a_distance_are_counted(case, distance):
    queries, items, n_chunks, exclude, relevant = case
    words = ChunkTables.of(items, n_chunks).words
    counts, relevant_counts = np.empty((2, len(queries)), np.int64)
    at = np.full(len(queries), distance)
    count_at(
        words,
        in_words(queries),
        at,
        ItemLists(exclude.indptr, exclude.indices),
        ItemLists(relevant.indptr, relevant.indices),
        counts,
        relevant_counts,
    )
    for query, row in enumerate(distances_of(queries, items) == distance):
        assert counts[query] == np.delete(row, exclude.row(query)).sum()
        assert relevant_counts[query] == row[relevant.row(query)].sum()


@given(cases())
def test_words_hold_the_same_ones_as_the_bytes(case):
    _, items, *_ = case
    words = in_words(items)
    assert words.nbytes == len(items) * (4 if items.n_bits <= 32 else 8 * -(-items.n_bits // 64))
    assert np.array_equal(words.view(np.uint8)[:, : items.packed.shape[1]], items.packed)


@pytest.mark.parametrize(
    ("n_bits", "n_items", "n_chunks"),
    [(64, 1 << 16, 4), (64, 1 << 20, 4), (64, 1 << 22, 3), (128, 1 << 30, 6), (1, 10**6, 1), (5, 0, 5), (5, 1, 5)],
)
def test_a_chunk_has_about_as_many_bits_as_the_number_of_items(n_bits, n_items, n_chunks):
    assert chunks_for(n_bits, n_items) == n_chunks
