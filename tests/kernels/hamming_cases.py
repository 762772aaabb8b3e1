"""Codes to search, and what a search of them finds by definition."""

import numpy as np

from hashbench.data.codes import Codes
from hashbench.kernels.bit_planes import BitPlanes
from hashbench.kernels.hamming_scan import hamming_knn

from .definitions import definition_of

nearest = definition_of("hamming_scan", "nearest")


def some_codes(rng, n, n_bits, centres, density=0.5):
    """Few centres give many ties and repeated codes; `density` is the share of ones."""
    base = rng.random((centres, n_bits)) < density
    return Codes.from_signs((base[rng.integers(0, centres, n)] ^ (rng.random((n, n_bits)) < 0.1)) - 0.5)


def bits_of(codes):
    return np.unpackbits(codes.packed, axis=1, count=codes.n_bits, bitorder="little")


def distances_of(items, queries):
    """All distances int[n_queries, n_items], from the signs."""
    inner = queries.signs() @ items.signs().T
    return ((items.n_bits - inner) / 2).astype(int)


def by_definition(items, queries, k, excluded):
    """Return items and distances int32[2, n_queries, k], -1 where nothing is left."""
    expected, item_bits = np.full((2, len(queries), k), -1, np.int32), bits_of(items)
    for q, query in enumerate(bits_of(queries)):
        ranking, distances = nearest(item_bits, query, k, excluded[q])
        expected[0, q, : len(ranking)], expected[1, q, : len(ranking)] = ranking, distances
    return expected


def search(items, queries, k, excluded, steps):
    """Return items and distances int32[2, n_queries, k], and check that the same items come unranked."""
    planes = BitPlanes.of(items, steps)
    items, scores = np.full((len(queries), k), 77, np.int32), np.full((len(queries), k), 77, np.float32)
    start = np.concatenate([[0], np.cumsum([len(row) for row in excluded])]).astype(np.int64)
    flat = np.concatenate([np.zeros(0, np.int32), *excluded]).astype(np.int32)
    hamming_knn(planes, queries, start, flat, items, scores)
    assert np.array_equal(np.isneginf(scores), items < 0)
    unranked = np.full((len(queries), k), 77, np.int32)
    hamming_knn(planes, queries, start, flat, unranked)
    assert np.array_equal(np.sort(unranked, axis=1), np.sort(items, axis=1))
    return np.stack([items, np.where(items < 0, -1, -scores)])
