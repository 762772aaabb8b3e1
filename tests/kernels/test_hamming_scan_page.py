"""Every value that docs/hamming-scan.md shows is computed here by the real functions."""

import re
from pathlib import Path

import numpy as np
import pytest
from numba import njit

from hashbench.data.codes import Codes
from hashbench.kernels.bit_planes import BitPlanes
from hashbench.kernels.bit_sliced_llvm import STEP, Outputs, Query, TileLayout, any_below, count_zeros, keep_digit
from hashbench.kernels.hamming_limits import kth_total
from hashbench.kernels.hamming_scan import count_at, hamming_knn
from hashbench.kernels.item_bits import existing_items, mask_excluded, total_of
from hashbench.kernels.memory import address
from hashbench.kernels.query_rows import choose_rows, write_bound

from .definitions import definition_of

PAGE = Path(__file__).parents[2] / "docs" / "hamming-scan.md"
ITEMS = ["1011", "0010", "1111", "0100", "1010", "1001", "0000", "1011"]
QUERY, K, EXCLUDED, USED_DIGITS = "1001", 3, [5], 4


def bits_of(text):
    return np.array([character == "1" for character in text])


def codes_of(*texts):
    return Codes.from_signs(np.array([bits_of(text) for text in texts]) - 0.5)


def items_text(words):
    """Return the first eight items of a set, the first item first."""
    return "".join(str(int(words[0]) >> item & 1) for item in range(len(ITEMS)))


@njit
def totals_below(tiles, rows, n_rows, over_ones, bound, sizes):
    """Call `any_below` for the one step of these items."""
    totals, below = np.zeros((1, bound.size, STEP), np.uint64), np.zeros(STEP, np.uint64)
    layout = TileLayout(tiles.shape[2], sizes[0], sizes[1], sizes[2])
    outputs = Outputs(address(totals), address(below))
    answer = any_below(address(tiles), layout, Query(address(rows), n_rows, over_ones, address(bound)), outputs)
    return answer, totals, below, tiles[0, 0, 0], rows[0], bound[0]  # what addresses are taken of must live until here


@njit
def zeros_at(items, digits):
    return count_zeros(address(items), address(digits), 1, 0), items[0], digits[0]


@njit
def keep(items, zeros, digits, ones):
    keep_digit(address(items), address(zeros), address(digits), 1, 0, ones)
    return items[0], zeros[0], digits[0]


@njit
def digits_of(total, n_digits):
    bound = np.empty(n_digits, np.uint64)
    write_bound(total, bound)
    return bound


@njit
def candidates_without(excluded, n_items):
    items = np.zeros(STEP, np.uint64)
    for word in range(STEP):
        items[word] = existing_items(64 * word, n_items)
    mask_excluded(excluded, 0, excluded.size, 0, items)
    return items


@njit
def total_at(totals, item):
    return total_of(totals, 0, item // 64, item % 64)


@pytest.fixture(scope="module")
def shown():
    """Return the text of each block of the page."""
    items, query = codes_of(*ITEMS), codes_of(QUERY)
    planes = BitPlanes.of(items)
    tile, n_bits, n_digits = planes.tiles[0], planes.n_bits, planes.n_digits
    texts = {}
    texts["codes"] = [f"item {item}   {code}   weight {code.count('1')}" for item, code in enumerate(ITEMS)]
    names = [*(f"bit {bit}   " for bit in range(n_bits)), *(f"weight {s}" for s in range(planes.n_weight_rows))]
    texts["planes"] = [f"{name}   {items_text(row)}" for name, row in zip(names, tile, strict=True)]

    rows = choose_rows(query.packed, n_bits, planes.n_weight_rows, tile.shape[1])
    over_ones, excess = bool(rows.over_ones[0]), int(rows.excess[0])
    chosen = rows.rows[0, : rows.n_rows[0]] // tile.shape[1]
    texts["rows"] = [
        f"query       {QUERY}",
        f"over ones   {over_ones}",
        f"rows        {', '.join(f'bit {bit}' for bit in chosen)}",
        f"excess      {excess}",
    ]

    sizes = n_bits, planes.n_weight_rows, n_digits
    arguments = planes.tiles, rows.rows[0], rows.n_rows[0], over_ones
    anything = np.full(n_digits, ~np.uint64(0))
    answer, totals, *_ = totals_below(*arguments, anything, sizes)
    assert answer
    texts["totals"] = []
    for item, code in enumerate(ITEMS):
        n_zeros = sum(code[bit] == "0" for bit in chosen)
        total = total_at(totals, item)
        assert total == code.count("1") + 2 * n_zeros
        texts["totals"].append(f"item {item}   {code.count('1')} + 2 · {n_zeros} = {total}   distance {total - excess}")
    texts["digits"] = [f"digit {digit}   {items_text(totals[0, digit])}" for digit in range(USED_DIGITS)]
    assert not totals[0, USED_DIGITS:, 0].any()

    equal = candidates_without(np.array(EXCLUDED, np.int32), len(ITEMS))
    texts["excluded"] = [f"candidates   {items_text(equal)}"]
    nearer, traced, left, lines = np.zeros(STEP, np.uint64), equal.copy(), K, []
    for digit in range(USED_DIGITS - 1, -1, -1):
        n_zeros = zeros_at(traced, totals[0, digit])[0]
        keep(traced, nearer, totals[0, digit], n_zeros < left)
        decision = f"{n_zeros} < {left}, so 1" if n_zeros < left else f"{n_zeros} ≥ {left}, so 0"
        left -= n_zeros if n_zeros < left else 0
        lines.append(f"digit {digit}   {decision}   nearer {items_text(nearer)}   equal {items_text(traced)}")
    kth_nearer = np.zeros(STEP, np.uint64)
    kth, n_equal = kth_total(totals, USED_DIGITS, K, kth_nearer, equal)
    assert np.array_equal(kth_nearer, nearer)
    assert np.array_equal(equal, traced)
    texts["kth"] = [*lines, f"total {kth} = distance {kth - excess}, {n_equal} of the {K} items have it"]

    limit = kth - excess + 1
    bound = digits_of(limit + excess, n_digits)
    _, _, below, *_ = totals_below(*arguments, bound, sizes)
    texts["limit"] = [
        f"limit   distance {limit}, total {limit + excess}",
        f"bound   {', '.join('ones' if word else 'zeros' for word in bound[:USED_DIGITS])}",
        f"below   {items_text(below)}",
    ]

    indices, scores = np.empty((1, K), np.int32), np.empty((1, K), np.float32)
    excluded_from, excluded = np.array([0, len(EXCLUDED)]), np.array(EXCLUDED, np.int32)
    hamming_knn(planes, query, excluded_from, excluded, indices, scores)
    texts["ranking"] = [
        f"item {item}   distance {-score:.0f}" for item, score in zip(indices[0], scores[0], strict=True)
    ]
    nearest = definition_of("hamming_scan", "nearest")
    ranking, distances = nearest(np.array([bits_of(code) for code in ITEMS]), bits_of(QUERY), K, EXCLUDED)
    assert (indices[0].tolist(), (-scores[0]).tolist()) == (ranking.tolist(), distances.tolist())
    n_total, n_listed = count_at(planes, query, np.array([kth - excess]), excluded_from, excluded)
    texts["ties"] = [f"distance {kth - excess}   {n_total[0]} items, {n_listed[0]} of them excluded"]
    return {name: "\n".join(lines) for name, lines in texts.items()}


def test_the_page_shows_each_steps_values(shown):
    blocks = dict(re.findall(r"```text (\w+)\n(.*?)\n```", PAGE.read_text("utf-8"), re.DOTALL))
    assert blocks == shown
