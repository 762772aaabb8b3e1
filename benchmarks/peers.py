"""Catalogues to search, and the peers that search them: hashbench, faiss, usearch, and the bare scan as the floor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import faiss
import numpy as np
from numba import njit
from numpy.typing import NDArray

from hashbench.components.retrievers.continuous import BLOCK_BYTES, Continuous
from hashbench.components.retrievers.hamming import BLOCK, Hamming
from hashbench.data.codes import Codes
from hashbench.data.interactions import Interactions
from hashbench.kernels.bit_planes import BitPlanes
from hashbench.kernels.blocks import in_blocks
from hashbench.kernels.byte_planes import BytePlanes
from hashbench.kernels.byte_scan import scan
from hashbench.kernels.hamming_scan import hamming_knn
from hashbench.protocols import FloatArray, Hashed, RunContext

Distances = NDArray[Any]

CHUNK = 1 << 17  # rows drawn at a time
USEARCH_BYTES = 1 << 28
BLAS_BLOCKS = 8
FLOOR = "floor"
"""The bare XOR-popcount scan, which ranks nothing."""


@dataclass(frozen=True, eq=False)
class Peer:
    """`search` returns distances or scores [n_queries, k], best first; it takes at most `most` queries at a time."""

    name: str
    search: Callable[[Hashed], Any]
    most: int | None = None
    blas: bool = False  # BLAS may use all threads for a batch; otherwise for single queries alone


# ---------------------------------------------------------------------------------------------------- catalogues


def random_codes(n: int, n_bits: int, rng: np.random.Generator) -> Codes:
    return Codes(rng.integers(0, 256, (n, n_bits // 8), np.uint8), n_bits)


def clustered_codes(
    n_items: int, n_queries: int, n_bits: int, cluster_size: int, rng: np.random.Generator
) -> tuple[Codes, Codes]:
    """Draw items and queries around common centres: lognormal sizes, 2 to 12 % of the bits flipped."""
    centres = rng.integers(0, 256, (max(n_items // cluster_size, 1), n_bits // 8), np.uint8)
    shares = np.cumsum(rng.lognormal(size=len(centres)))

    def drawn(n: int) -> Codes:
        packed = np.empty((n, n_bits // 8), np.uint8)
        for start in range(0, n, CHUNK):
            here = packed[start : start + CHUNK]
            labels = np.searchsorted(shares, rng.random(len(here)) * shares[-1])
            rates = rng.uniform(0.02, 0.12, (len(here), 1)).astype(np.float32)
            flips = rng.random((len(here), n_bits), np.float32) < rates
            here[:] = centres[labels] ^ np.packbits(flips, axis=1, bitorder="little")
        return Codes(packed, n_bits)

    return drawn(n_items), drawn(n_queries)


def flat_index(n: int, dim: int, fill: Callable[[int], FloatArray]) -> tuple[Any, FloatArray]:
    """Return a faiss IndexFlatIP and its vectors as an array that shares its memory, filled chunk by chunk."""
    index = faiss.IndexFlatIP(dim)
    index.codes.resize(4 * n * dim)
    index.ntotal = n
    vectors = faiss.rev_swig_ptr(index.get_xb(), n * dim).reshape(n, dim)
    for start in range(0, n, CHUNK):
        vectors[start : start + CHUNK] = fill(min(CHUNK, n - start))
    return index, vectors


# --------------------------------------------------------------------------------------------------------- peers


def binary_peers(codes: Codes, k: int, threads: int) -> list[Peer]:
    index = Hamming().build(Hashed(codes=codes), RunContext(threads=threads))
    bytewise = BytePlanes.of(codes)
    nobody = cache(lambda n: Interactions.empty(n, len(codes)))
    faiss_index = faiss.IndexBinaryFlat(codes.n_bits)
    faiss_index.add(codes.packed)

    def faiss_search(use_heap: bool, queries: Hashed) -> Distances:
        faiss_index.use_heap = use_heap
        return faiss_index.search(queries.codes.packed, k)[0]

    peers = [
        Peer("hamming", lambda queries: index.search(queries, k, nobody(len(queries))).scores),
        Peer("kernel", lambda queries: _kernel(index.planes, queries.codes, nobody(len(queries)), k, threads)),
        Peer(FLOOR, lambda queries: _floor(bytewise, queries.codes.packed, threads)),
        Peer("faiss heap", lambda queries: faiss_search(True, queries)),
        Peer("faiss counting", lambda queries: faiss_search(False, queries)),
    ]
    usearch = _usearch(codes, k, threads)
    return [*peers, usearch] if usearch else peers


def float_peers(index: Any, vectors: FloatArray, k: int, threads: int) -> list[Peer]:
    blas = Continuous().build(Hashed(embeddings=vectors), RunContext(threads=threads))
    nobody = cache(lambda n: Interactions.empty(n, len(vectors)))
    # Its queries go in blocks, so that part of a large batch takes as long per query as all of it.
    most = max(32, BLAS_BLOCKS * BLOCK_BYTES // (4 * len(vectors)))
    return [
        Peer("BLAS", lambda queries: blas.search(queries, k, nobody(len(queries))).scores, most),
        Peer("faiss IP", lambda queries: index.search(queries.embeddings, k)[0], blas=True),
    ]


def _usearch(codes: Codes, k: int, threads: int) -> Peer | None:
    try:
        from usearch.index import MetricKind, ScalarKind, search
    except ImportError:
        return None

    def nearest(queries: Hashed) -> Distances:
        packed = queries.codes.packed
        matches = search(codes.packed, packed, k, MetricKind.Hamming, exact=True, threads=threads, dtype=ScalarKind.B1)
        return matches.distances.reshape(len(packed), -1)

    # It holds 16 bytes for each item and query.
    return Peer("usearch", nearest, most=max(1, USEARCH_BYTES // (16 * len(codes))))


def _kernel(planes: BitPlanes, queries: Codes, exclude: Interactions, k: int, threads: int) -> FloatArray:
    items, scores = np.empty((len(queries), k), np.int32), np.empty((len(queries), k), np.float32)

    def search_block(part: slice) -> None:
        seen_from = exclude.indptr[part.start : part.stop + 1]
        hamming_knn(planes, queries.take(part), seen_from, exclude.indices, items[part], scores[part])

    in_blocks(len(queries), BLOCK, threads, search_block)
    return scores


def _floor(planes: BytePlanes, queries: NDArray[np.uint8], threads: int) -> None:
    """Compute the distances of all items to each query, block by block; each block overwrites the last."""
    size, distance = planes.blocks.shape[2], np.uint8 if planes.n_bits < 256 else np.uint16

    def scan_block(part: slice) -> None:
        _scan_all(planes.blocks, planes.tail, queries[part], np.empty(size, distance))

    in_blocks(len(queries), BLOCK, threads, scan_block)


@njit(nogil=True)  # not cached: numba would not see that `scan` changed
def _scan_all(
    blocks: NDArray[np.uint8], tail: NDArray[np.uint8], queries: NDArray[np.uint8], distances: NDArray[Any]
) -> None:
    for block in range(blocks.shape[0]):
        for q in range(queries.shape[0]):
            scan(blocks[block], queries[q], distances)
    for q in range(queries.shape[0]):
        scan(tail, queries[q], distances[: tail.shape[1]])
