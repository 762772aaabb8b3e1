"""Diagnostics of a model's codes: constant and redundant bits, collisions, ties, distances, and bytes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.special import entr

from hashbench.data.codes import Codes
from hashbench.kernels.distance_counts import distance_counts
from hashbench.protocols import Hashed
from hashbench.results.record import CodeSummary, Neighbourhood, SideSummary

SAMPLED_USERS = 1000
"""Distances are measured from at most this many users."""

BLOCK_VALUES = 1 << 23
"""Bits that are unpacked at a time; a float32 sum of this many zeros and ones is exact."""

DECIMALS = 6
"""Decimals of values per bit."""


def diagnose(users: Hashed, items: Hashed, ks: Iterable[int], rng: np.random.Generator) -> CodeSummary:
    """Return the diagnostics of a model's codes.

    Args:
        users: Hashed users; if they have no codes (an asymmetric scheme), distances are left out.
        items: Hashed items, with codes.
        ks: Ranks at which radii and ties are measured; those beyond the catalogue are left out.
        rng: Draws the users whose distances are measured, if there are more than `SAMPLED_USERS`.

    Raises:
        ValueError: Items have no codes, or those of users have another length.
    """
    codes, n_items = items.codes, len(items)
    if codes is None or not n_items:
        raise ValueError("items have no codes to diagnose")
    if users.codes is not None and users.codes.n_bits != codes.n_bits:
        raise ValueError(f"users have codes of {users.codes.n_bits} bits, items of {codes.n_bits}")
    counts = None
    if users.codes is not None and len(users):
        sample = rng.choice(len(users), min(SAMPLED_USERS, len(users)), replace=False)
        counts = distance_counts(users.codes.take(sample), codes)
    code_bytes = codes.packed.nbytes + (0 if items.bit_values is None else items.bit_values.nbytes)
    return CodeSummary(
        n_bits=codes.n_bits,
        items=_side_summary(codes, items),
        users=None if users.codes is None or counts is None else _side_summary(users.codes, users),
        sampled_users=0 if counts is None else len(counts),
        distances=None if counts is None else counts.sum(axis=0).tolist(),
        places=[] if counts is None else [_neighbourhood(counts, k) for k in sorted(set(ks)) if 0 < k <= n_items],
        code_bytes=code_bytes / n_items,
        code_and_embedding_bytes=None if items.embeddings is None else (code_bytes + items.embeddings.nbytes) / n_items,
    )


def check_binary(hashed: Hashed) -> float | None:
    """Return the share of bits that equal the sign of their embedding value; 1 if the code is sign(embedding).

    Some published code scored the values before their sign and called them codes. Here codes are bits by construction,
    and this measures whether they are the bits of these embeddings. Heads that keep the encoder's embeddings for
    re-ranking, such as LSH, agree by chance. None if there is not one embedding value per bit.
    """
    codes, embeddings = hashed.codes, hashed.embeddings
    if codes is None or embeddings is None or not len(codes) or embeddings.shape != (len(codes), codes.n_bits):
        return None
    agree = sum(int(np.count_nonzero(bits == (embeddings[rows] >= 0))) for rows, bits in _bits(codes))
    return agree / (len(codes) * codes.n_bits)


def _bits(codes: Codes) -> Iterator[tuple[slice, NDArray[np.uint8]]]:
    """Yield blocks of codes, as a slice of rows and their bits uint8[n_rows, n_bits]."""
    block_size = max(1, BLOCK_VALUES // codes.n_bits)
    for start in range(0, len(codes), block_size):
        rows = slice(start, start + block_size)
        yield rows, np.unpackbits(codes.packed[rows], axis=1, count=codes.n_bits, bitorder="little")


def _side_summary(codes: Codes, hashed: Hashed) -> SideSummary:
    n, n_bits = len(codes), codes.n_bits
    both = np.zeros((n_bits, n_bits))
    for _, bits in _bits(codes):
        values = bits.astype(np.float32)
        both += values.T @ values
    ones = both.diagonal().astype(np.int64)
    shares, entropies = ones / n, (entr(ones / n) + entr((n - ones) / n)) / np.log(2)
    correlation_mean, correlation_max = _correlations(both, n)
    sizes = _code_counts(codes)
    return SideSummary(
        n=n,
        ones=shares.round(DECIMALS).tolist(),
        ones_min=float(shares.min()),
        ones_mean=float(shares.mean()),
        ones_max=float(shares.max()),
        entropy=entropies.round(DECIMALS).tolist(),
        entropy_mean=float(entropies.mean()),
        constant_bits=int(np.count_nonzero((ones == 0) | (ones == n))),
        correlation_mean=correlation_mean,
        correlation_max=correlation_max,
        distinct=sizes.size,
        shared=float(sizes[sizes > 1].sum() / n),
        sign_agreement=check_binary(hashed),
    )


def _correlations(both: NDArray[np.float64], n: int) -> tuple[float | None, float | None]:
    """Return mean and largest |correlation| over pairs of varying bits; `both` counts codes with both bits 1."""
    ones = both.diagonal()
    vary = np.flatnonzero((ones > 0) & (ones < n))
    if vary.size < 2:
        return None, None
    total = largest = 0.0
    for position, bit in enumerate(vary[:-1]):
        others = vary[position + 1 :]
        variances = (ones[bit] * (n - ones[bit])) * (ones[others] * (n - ones[others]))
        correlations = np.abs(n * both[bit, others] - ones[bit] * ones[others]) / np.sqrt(variances)
        total, largest = total + float(correlations.sum()), max(largest, float(correlations.max()))
    return total / (vary.size * (vary.size - 1) // 2), min(largest, 1.0)


def _code_counts(codes: Codes) -> NDArray[np.int64]:
    """Return the number of rows with each distinct code: int64[n_distinct]."""
    words = np.zeros((len(codes), -(-codes.packed.shape[1] // 8)), np.uint64)
    words.view(np.uint8)[:, : codes.packed.shape[1]] = codes.packed
    words = words[np.lexsort(words.T)]
    starts = np.flatnonzero(np.concatenate([[True], np.any(words[1:] != words[:-1], axis=1), [True]]))
    return np.diff(starts)


def _neighbourhood(counts: NDArray[np.int64], k: int) -> Neighbourhood:
    """Return radius and tie around rank k, from the numbers of items at each distance int64[n_users, n_bits + 1]."""
    radii = (counts.cumsum(axis=1) >= k).argmax(axis=1)
    ties = np.take_along_axis(counts, radii[:, None], axis=1)
    (radius_median, radius_p95), (tie_median, tie_p95) = (np.percentile(values, [50, 95]) for values in (radii, ties))
    return Neighbourhood(
        k=k,
        radius_median=float(radius_median),
        radius_p95=float(radius_p95),
        tie_median=float(tie_median),
        tie_p95=float(tie_p95),
    )
