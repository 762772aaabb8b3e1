"""Search speed of hashbench and its peers on the same codes and queries, all in one run.

    python benchmarks/retrieval.py                                   # a quick subset
    python benchmarks/retrieval.py --items 3952,40981,1000000,4167708,20000000 --bits 32,64,128,256 --threads 1,all

`--section` picks from three sections. `search` times hashbench, faiss, usearch, float search with as many dimensions as
bits, and the bare scan, on random codes. `exclusion` leaves seen items out. `clustered` times multi-index hashing
against the scan, on clustered and on random codes. Exact peers must return the same distances before anything is timed.
Prints Markdown or JSON. Run it on an idle machine; `pip install usearch` adds that peer.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any

import click
import numpy as np
from peers import FLOOR, Peer, binary_peers, clustered_codes, flat_index, float_peers, random_codes
from timing import Contender, Cost, Report, fits, in_turn, options, ratio

from hashbench.components.retrievers.hamming import Hamming, HammingIndex
from hashbench.components.retrievers.multi_index import MultiIndex
from hashbench.data.interactions import Interactions
from hashbench.protocols import FloatArray, Hashed, RunContext

SECTIONS = ("search", "exclusion", "clustered")
SINGLES, BATCHES = 200, 4  # calls at most of each turn: single queries, batches
SEEN = 200
CHECKED = 32  # queries
CLUSTERED_BITS, CLUSTERED_CALLS = 64, 64
HEAP, COUNTING, USEARCH, BLAS, FLAT = "faiss heap", "faiss counting", "usearch", "BLAS", "faiss IP"


@dataclass(frozen=True)
class Grid:
    """What is to be timed."""

    items: tuple[int, ...]
    bits: tuple[int, ...]
    batch: tuple[int, ...]
    threads: tuple[int, ...]
    k: int
    repeats: int
    cluster_size: int

    @property
    def n_queries(self) -> int:
        return max(SINGLES, BATCHES * max(self.batch))

    def catalogues(self, report: Report) -> Iterator[tuple[int, int]]:
        """Yield sizes and bits whose codes fit in memory, with four more layouts of them and buffers to build these."""
        for n_items, n_bits in product(self.items, self.bits):
            if n_items < self.k:
                report.note(f"{n_items:,} items: skipped, fewer than k = {self.k}.")
            elif not fits(n_items * n_bits * 3 / 4):
                report.note(f"{n_items:,} × {n_bits} bits: skipped, the codes do not fit in the memory available.")
            else:
                yield n_items, n_bits


@click.command(help=__doc__.partition("\n")[0])
@options(items="3952,40981,1000000", bits="32,64", batch="1,256", repeats=15)
@click.option("--section", "sections", type=click.Choice(SECTIONS), multiple=True, default=SECTIONS, help="Repeatable.")
@click.option("--cluster", type=click.IntRange(1), default=1000, show_default=True, help="Items of a cluster, mean.")
def main(style: str, sections: Sequence[str], cluster: int, **grid: Any) -> None:
    if any(n_bits % 8 for n_bits in grid["bits"]):
        raise click.BadParameter("faiss takes multiples of 8", param_hint="--bits")
    wanted, report = Grid(cluster_size=cluster, **grid), Report(style)
    for name, section in zip(SECTIONS, (search, exclusion, clustered), strict=True):
        if name in sections:
            section(wanted, report)
    report.end()


# ------------------------------------------------------------------------------------------------------ sections


def search(grid: Grid, report: Report) -> None:
    report.section(
        "Search",
        f"µs per query, k = {grid.k}, random codes, random embeddings with as many dimensions as bits. `kernel` is "
        "hamming without the retriever around it, `floor` the bare XOR-popcount scan. × is how many times faster "
        "hamming is than the faster faiss binary mode, and than the faster float search. `floors` is its time over "
        "the floor's. With several threads each is timed on one as well, and the faster counts.",
    )
    for n_items, n_bits in grid.catalogues(report):
        _search(n_items, n_bits, grid, report)


def _search(n_items: int, n_bits: int, grid: Grid, report: Report) -> None:
    rng = np.random.default_rng([n_items, n_bits])
    codes, query_codes = random_codes(n_items, n_bits, rng), random_codes(grid.n_queries, n_bits, rng)
    queries = Hashed(query_codes, rng.random((grid.n_queries, n_bits), np.float32) - np.float32(0.5))
    index, vectors = _embeddings(n_items, n_bits, rng, report)
    for threads in grid.threads:
        teams = {}
        for n_threads in {1, threads}:
            binary = binary_peers(codes, grid.k, n_threads)
            floats = [] if vectors is None else float_peers(index, vectors, grid.k, n_threads)
            check(binary, queries)
            check(floats, queries)
            teams[n_threads] = [*binary, *floats]
        for batch in grid.batch:
            contenders = [each for n, peers in teams.items() for each in _contenders(peers, queries, batch, n)]
            costs = in_turn(contenders, grid.repeats)
            report.row({"items": n_items, "bits": n_bits, "batch": batch, "threads": threads, **_compared(costs)})
            for peer in teams[threads]:
                if peer.most is not None and peer.most < batch:
                    report.note(f"{n_items:,} items: {peer.name} searched {peer.most} queries of a batch of {batch}.")
        if USEARCH not in costs:
            report.note("usearch is missing: pip install -c constraints.txt usearch")


def exclusion(grid: Grid, report: Report) -> None:
    report.section(
        "Exclusion",
        f"µs per query of hamming, k = {grid.k}, random codes, leaving out {SEEN} seen items per user: "
        "random ones, and the nearest ones as the hard case. Percentages are what they add.",
    )
    for n_items, n_bits in grid.catalogues(report):
        if n_items < SEEN + grid.k:
            report.note(f"{n_items:,} items: skipped, fewer than {SEEN} seen and k.")
            continue
        _exclusion(n_items, n_bits, grid, report)


def _exclusion(n_items: int, n_bits: int, grid: Grid, report: Report) -> None:
    rng = np.random.default_rng([n_items, n_bits, 1])
    codes, queries = (Hashed(random_codes(n, n_bits, rng)) for n in (n_items, grid.n_queries))
    anything = np.array([rng.choice(n_items, SEEN, replace=False, shuffle=False) for _ in range(grid.n_queries)])
    nobody = Interactions.empty(grid.n_queries, n_items)
    for threads in grid.threads:
        index = Hamming().build(codes, RunContext(threads=threads))
        near = index.search(queries, SEEN + grid.k, nobody).items
        seen = {"none": nobody, "random": _rows(anything, n_items), "nearest": _rows(near[:, :SEEN], n_items)}
        if not np.array_equal(index.search(queries, grid.k, seen["nearest"]).items, near[:, SEEN:]):
            raise click.ClickException("leaving out the nearest items does not give those that come next")
        for batch in grid.batch:
            parts = _parts(grid.n_queries, batch)
            contenders = [
                Contender(
                    name,
                    [partial(index.search, queries.take(part), grid.k, rows.select(part)) for part in parts],
                    batch,
                    threads,
                )
                for name, rows in seen.items()
            ]
            costs = in_turn(contenders, grid.repeats)
            none = costs["none"].us
            report.row(
                {
                    "items": n_items,
                    "bits": n_bits,
                    "batch": batch,
                    "threads": threads,
                    **{name: cost.us for name, cost in costs.items()},
                    **{f"{name} +%": 100 * (costs[name].us / none - 1) for name in ("random", "nearest")},
                    "spread %": _spread(costs),
                }
            )


def clustered(grid: Grid, report: Report) -> None:
    report.section(
        "Multi-index hashing",
        f"µs per query, k = {grid.k}, {CLUSTERED_BITS} bits. Clustered codes: {grid.cluster_size:,} items per cluster "
        "on average (lognormal), 2 to 12 % of the bits flipped, queries drawn alike. On random codes look-ups can't "
        "win, and the scan is used. `looked up`: queries answered without the scan. `growth`: the exponent of the cost "
        "from the previous size to this one.",
    )
    before: dict[tuple[str, int, int, str], tuple[int, float]] = {}
    for data, n_items in product(("clustered", "random"), sorted(grid.items)):
        if n_items < grid.k or not fits(100 * n_items):
            report.note(f"{n_items:,} items: skipped, fewer than k or too many for the memory available.")
            continue
        rng = np.random.default_rng([n_items, CLUSTERED_BITS, 2])
        if data == "clustered":
            items, query_codes = clustered_codes(n_items, grid.n_queries, CLUSTERED_BITS, grid.cluster_size, rng)
        else:
            items, query_codes = (random_codes(n, CLUSTERED_BITS, rng) for n in (n_items, grid.n_queries))
        for threads in grid.threads:
            ctx, nobody = RunContext(threads=threads), Interactions.empty(grid.n_queries, n_items)
            scan, chunked = Hamming().build(Hashed(items), ctx), MultiIndex().build(Hashed(items), ctx)
            rankings = [index.search(Hashed(query_codes), grid.k, nobody).items for index in (scan, chunked)]
            if not np.array_equal(*rankings):
                raise click.ClickException("multi_index and hamming do not give the same items")
            looked_up = (
                0.0 if isinstance(chunked, HammingIndex) else chunked.look_up(query_codes, grid.k, nobody)[2].mean()
            )
            for batch in grid.batch:
                rows = nobody.select(np.arange(batch))
                peers = [
                    Peer("hamming", partial(scan.search, k=grid.k, exclude=rows)),
                    Peer("multi_index", partial(chunked.search, k=grid.k, exclude=rows)),
                ]
                contenders = _contenders(peers, Hashed(query_codes), batch, threads, CLUSTERED_CALLS)
                costs = in_turn(contenders, grid.repeats, patience=math.inf)
                growth = {}
                for name, cost in costs.items():
                    key = (data, threads, batch, name)
                    growth[f"growth {name}"] = _exponent(before.get(key), (n_items, cost.seconds))
                    before[key] = n_items, cost.seconds
                report.row(
                    {
                        "codes": data,
                        "items": n_items,
                        "batch": batch,
                        "threads": threads,
                        **{name: cost.us for name, cost in costs.items()},
                        "× hamming": ratio(costs["hamming"].us, costs["multi_index"].us),
                        "looked up %": 100 * looked_up,
                        **growth,
                        "bytes per item": chunked.nbytes / n_items,
                        "spread %": _spread(costs),
                    }
                )


# --------------------------------------------------------------------------------------------------------- parts


def check(peers: Sequence[Peer], queries: Hashed) -> None:
    """Stop unless all return the same distances, or nearly the same scores. It also compiles what they need."""
    expected: np.ndarray[Any, Any] | None = None
    for peer in peers:
        values = peer.search(queries.take(np.arange(min(CHECKED, peer.most or CHECKED))))
        if peer.name == FLOOR:
            continue
        expected = np.abs(values) if expected is None else expected
        if not np.allclose(np.abs(values), expected[: len(values)], rtol=1e-4, atol=1e-4):
            raise click.ClickException(f"{peer.name} and {peers[0].name} do not give the same distances")


def _contenders(
    peers: Sequence[Peer], queries: Hashed, batch: int, threads: int, at_most: int = SINGLES
) -> list[Contender]:
    contenders = []
    for peer in peers:
        size = min(batch, peer.most or batch)
        calls = [partial(peer.search, queries.take(part[:size])) for part in _parts(len(queries), batch)[:at_most]]
        contenders.append(Contender(peer.name, calls, size, threads, threads if peer.blas or batch == 1 else 1))
    return contenders


def _parts(n_queries: int, batch: int) -> list[np.ndarray[Any, Any]]:
    n_calls = min(n_queries // batch, SINGLES if batch == 1 else BATCHES)
    return list(np.arange(n_calls * batch).reshape(n_calls, batch))


def _compared(costs: dict[str, Cost]) -> dict[str, Any]:
    us = {name: cost.us for name, cost in costs.items()}
    ours = us["hamming"]
    floats = [us[name] for name in (BLAS, FLAT) if name in us]
    return {
        **{name: us.get(name) for name in ("hamming", "kernel", FLOOR, HEAP, COUNTING, USEARCH, BLAS, FLAT)},
        "× faiss binary": ratio(min(us[HEAP], us[COUNTING]), ours),
        "× float": ratio(min(floats, default=None), ours),
        "floors": ratio(ours, us[FLOOR]),
        "spread %": _spread(costs),
    }


def _spread(costs: dict[str, Cost]) -> float:
    return 100 * max(cost.spread for cost in costs.values())


def _embeddings(n: int, dim: int, rng: np.random.Generator, report: Report) -> tuple[Any, FloatArray | None]:
    if not fits(4 * n * dim + 16 * n):
        report.note(f"{n:,} × {dim} dimensions: no float search, its embeddings do not fit in the memory available.")
        return None, None
    return flat_index(n, dim, lambda rows: rng.random((rows, dim), np.float32) - np.float32(0.5))


def _rows(items: np.ndarray[Any, Any], n_items: int) -> Interactions:
    users = np.repeat(np.arange(len(items)), items.shape[1])
    return Interactions.from_pairs(users, items.ravel(), len(items), n_items)


def _exponent(before: tuple[int, float] | None, now: tuple[int, float]) -> float | None:
    if before is None or before[0] == now[0]:
        return None
    return math.log(now[1] / before[1]) / math.log(now[0] / before[0])


if __name__ == "__main__":
    main()
