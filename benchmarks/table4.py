"""HashGNN's Table 4 again: seconds to search all items for all users, by float, hierarchical and Hamming search.

    python benchmarks/table4.py                               # the three public sizes
    python benchmarks/table4.py --items 4167708               # Alibaba's size, on 20,000 of its users

Every search leaves out the users' seen items. Codes are the signs of embeddings drawn around common centres, seen items
are generated (hashbench's `synthetic`) with as many a user as in the data set, in a long tail. Where not all users are
timed, seconds are scaled to all of them. Float search is BLAS or faiss IndexFlatIP, whichever is faster for one batch.
`--items` names data sets by their size. The memory of each search, at the largest size asked for, is the peak of a
process of its own. Prints Markdown or JSON. Run it on an idle machine.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import click
import numpy as np
import psutil
from timing import Contender, Report, fits, in_turn, options, ratio

from hashbench.components.datasets.synthetic import Synthetic
from hashbench.components.retrievers.continuous import Continuous
from hashbench.components.retrievers.hamming import Hamming
from hashbench.components.retrievers.hierarchical import Hierarchical
from hashbench.data.codes import Codes
from hashbench.data.interactions import Interactions
from hashbench.pipeline.environment import peak_memory
from hashbench.protocols import FloatArray, Hashed, Index, RunContext

CHUNK = 1 << 17
ITEMS_A_CENTRE, SPREAD = 200, 0.7
CHECKED, CANDIDATES = 4, Hierarchical().candidates


@dataclass(frozen=True)
class DataSet:
    """Sizes, users timed at most, and what the paper prints: seconds and ratios."""

    name: str
    users: int
    items: int
    interactions: int
    timed: int
    paper: str
    paper_ratios: str


DATASETS = (
    DataSet("MovieLens-1M", 6_040, 3_952, 1_000_209, 6_040, "3.8 / 2.8 / 1.5", "1.3 / 2.5"),
    DataSet("Pinterest", 55_187, 9_916, 1_500_809, 55_187, "73.5 / 41.2 / 27.8", "1.7 / 2.6"),
    DataSet("Gowalla", 29_858, 40_981, 1_027_370, 29_858, "189.6 / 82.1 / 66.1", "2.3 / 2.8"),
    DataSet("Alibaba", 601_946, 4_167_708, 28_489_957, 20_000, "15181.7 / 4295.8 / 4163.9", "3.5 / 3.6"),
)


@click.command(help=__doc__.partition("\n")[0])
@options(items="3952,9916,40981", bits="32", batch="1024", repeats=3)
@click.option("--users", type=click.IntRange(1), help="Time so many users at most. [default: all; Alibaba 20000]")
def main(
    items: tuple[int, ...],
    bits: tuple[int, ...],
    batch: tuple[int, ...],
    k: int,
    threads: tuple[int, ...],
    repeats: int,
    style: str,
    users: int | None,
) -> None:
    chosen = [data for data in DATASETS if data.items in items]
    if len(chosen) < len(set(items)):
        sizes = ", ".join(f"{data.items} ({data.name})" for data in DATASETS)
        raise click.BadParameter(f"the data sets have {sizes} items", param_hint="--items")
    if k > min(CANDIDATES, *items):
        raise click.BadParameter(f"at most {min(CANDIDATES, *items)}", param_hint="--k")
    report = Report(style)
    report.section(
        "Table 4",
        f"Seconds for all users × all items with seen items left out, k = {k}, bits = dimensions. × is how many times "
        "faster than the float search. The paper's figures (float / hierarchical / Hamming, and × of the last two) are "
        "of another machine.",
    )
    for data in chosen:
        for n_bits in bits:
            if fits(10 * data.items * n_bits):
                _time(data, n_bits, batch, k, threads, repeats, users, report)
            else:
                report.note(f"{data.name}, {n_bits} dimensions: skipped, it does not fit in the memory available.")
    _memory(chosen[-1], bits, batch[0], k, threads[-1], report)
    report.end()


# ---------------------------------------------------------------------------------------------------------- time


def _time(
    data: DataSet,
    n_bits: int,
    batches: tuple[int, ...],
    k: int,
    all_threads: tuple[int, ...],
    repeats: int,
    users: int | None,
    report: Report,
) -> None:
    n_users = min(users or data.timed, data.users)
    all_queries, items = embedded(data, n_users, n_bits, {"codes", "embeddings"})
    seen = Synthetic(n_users, data.items, round(data.interactions / data.users * n_users)).generate()
    for threads in all_threads:
        ctx = RunContext(threads=threads)
        floats = Continuous().build(items, ctx).backends()
        hashed: dict[str, Index] = {
            "hierarchical": Hierarchical().build(items, ctx),
            "hamming": Hamming().build(items, ctx),
        }
        check({**floats, **hashed}, all_queries, items, seen, k)
        for batch in batches:
            parts = list(batches_of(all_queries, seen, batch))
            contend = partial(_contender, parts, k, threads)
            probe = in_turn([_contender(parts[:1], k, threads, *engine) for engine in floats.items()], repeats)
            engine = min(probe, key=lambda name: probe[name].seconds)
            costs = in_turn([contend(*named) for named in {engine: floats[engine], **hashed}.items()], repeats)
            seconds = {name: cost.seconds * data.users / n_users for name, cost in costs.items()}
            report.row(
                {
                    "data set": data.name,
                    "users": data.users,
                    "timed": n_users,
                    "items": data.items,
                    "bits": n_bits,
                    "batch": batch,
                    "threads": threads,
                    "float by": engine,
                    "float": seconds[engine],
                    "hierarchical": seconds["hierarchical"],
                    "hamming": seconds["hamming"],
                    "× hierarchical": ratio(seconds[engine], seconds["hierarchical"]),
                    "× hamming": ratio(seconds[engine], seconds["hamming"]),
                    "spread %": 100 * max(cost.spread for cost in costs.values()),
                    "paper's seconds": data.paper,
                    "paper's ×": data.paper_ratios,
                }
            )
    if n_users < data.users:
        report.note(f"{data.name}: timed on {n_users:,} users of {data.users:,} and scaled to all.")


def _contender(parts: list[tuple[Hashed, Interactions]], k: int, threads: int, name: str, index: Index) -> Contender:
    def search_all() -> None:
        for queries, exclude in parts:
            index.search(queries, k, exclude)

    return Contender(name, [search_all], threads=threads, blas_threads=threads if name == "faiss" else 1)


def batches_of(all_queries: Hashed, seen: Interactions, batch: int) -> Iterator[tuple[Hashed, Interactions]]:
    for start in range(0, len(all_queries), batch):
        users = np.arange(start, min(start + batch, len(all_queries)))
        yield all_queries.take(users), seen.select(users)


def check(indexes: Mapping[str, Index], all_queries: Hashed, items: Hashed, seen: Interactions, k: int) -> None:
    """Stop unless searches return what a slow search of the first users returns; for hierarchical, check exclusion."""
    assert items.codes is not None
    assert items.embeddings is not None
    users = np.arange(min(CHECKED, len(all_queries)))
    queries, exclude = all_queries.take(users), seen.select(users)
    assert queries.codes is not None
    assert queries.embeddings is not None
    distances = np.bitwise_count(queries.codes.packed[:, None] ^ items.codes.packed).sum(2, dtype=np.int32)
    expected = {
        "hamming": -distances.astype(np.float32),
        **dict.fromkeys(("blas", "faiss"), queries.embeddings @ items.embeddings.T),
    }
    for name, index in indexes.items():
        ranking = index.search(queries, k, exclude)
        if any(np.isin(row, exclude.row(user)).any() for user, row in enumerate(ranking.items)):
            raise click.ClickException(f"{name} finds seen items")
        if name in expected:
            scores = expected[name].copy()
            scores[exclude.users(), exclude.indices] = -np.inf
            best = np.sort(np.partition(scores, -k, axis=1)[:, -k:], axis=1)[:, ::-1]
            if not np.allclose(ranking.scores, best, rtol=1e-4, atol=1e-4):
                raise click.ClickException(f"{name} does not find the best items")


# -------------------------------------------------------------------------------------------------------- memory


def _memory(data: DataSet, bits: tuple[int, ...], batch: int, k: int, threads: int, report: Report) -> None:
    report.section(
        f"Memory at {data.name}'s size",
        f"{data.users:,} × {data.items:,}, a batch of {batch}, threads: {threads}. `before`: a process with imports, "
        "the items' and all users' codes or embeddings, and all rankings; `peak`: after it has built the index and "
        "searched a batch as well.",
    )
    spawned = multiprocessing.get_context("spawn")
    for n_bits in bits:
        for name, (_, needs) in SEARCHES.items():
            if not fits(10 * data.items * n_bits):
                report.note(f"{n_bits} dimensions: skipped, it does not fit in the memory available.")
                break
            with ProcessPoolExecutor(1, spawned) as own_process:
                before, peak, index_bytes = own_process.submit(measure, data, name, n_bits, batch, k, threads).result()
            report.row(
                {
                    "search": name,
                    "holds": " and ".join(sorted(needs)),
                    "bits": n_bits,
                    "before GiB": before / 2**30,
                    "peak GiB": peak / 2**30,
                    "index MiB": index_bytes / 2**20,
                    "index bytes per item": index_bytes / data.items,
                }
            )


SEARCHES: dict[str, tuple[Callable[[Hashed, RunContext], Index], set[str]]] = {
    "float by BLAS": (lambda items, ctx: Continuous().build(items, ctx), {"embeddings"}),
    "float by faiss": (lambda items, ctx: Continuous().build(items, ctx).backends()["faiss"], {"embeddings"}),
    "hierarchical": (lambda items, ctx: Hierarchical().build(items, ctx), {"codes", "embeddings"}),
    "hamming": (lambda items, ctx: Hamming().build(items, ctx), {"codes"}),
}


def measure(data: DataSet, name: str, n_bits: int, batch: int, k: int, threads: int) -> tuple[int, int, int]:
    """Return memory before, peak memory of building and searching, and the index's bytes; for a fresh process."""
    build, needs = SEARCHES[name]
    rankings = np.full((data.users, k), -1, np.int32)
    all_queries, items = embedded(data, data.users, n_bits, needs)
    n_queries = min(batch, data.users)
    seen = Synthetic(n_queries, data.items, round(data.interactions / data.users * n_queries)).generate()
    before = _forget_peak()
    index = build(items, RunContext(threads=threads))
    rankings[:n_queries] = index.search(all_queries.take(np.arange(n_queries)), k, seen).items
    return before, _peak(), index.nbytes


def _forget_peak() -> int:
    """Begin anew, where Linux lets us, and return the memory held."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    return int(psutil.Process().memory_info().rss)


def _peak() -> int:
    """Return the peak memory of this program alone: Linux's ru_maxrss begins with that of the parent."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), peak_memory())


# ---------------------------------------------------------------------------------------------------- embeddings


def embedded(data: DataSet, n_users: int, n_bits: int, parts: set[str]) -> tuple[Hashed, Hashed]:
    """Draw users and items around common centres, a chunk at a time; a code is the signs of an embedding."""
    rng = np.random.default_rng([data.items, n_bits])
    centres = rng.standard_normal((data.items // ITEMS_A_CENTRE + 1, n_bits), np.float32)
    return _drawn(n_users, centres, parts, rng), _drawn(data.items, centres, parts, rng)


def _drawn(n: int, centres: FloatArray, parts: set[str], rng: np.random.Generator) -> Hashed:
    n_bits = centres.shape[1]
    packed = np.empty((n, -(-n_bits // 8)), np.uint8) if "codes" in parts else None
    embeddings = np.empty((n, n_bits), np.float32) if "embeddings" in parts else None
    for start in range(0, n, CHUNK):
        here = slice(start, min(start + CHUNK, n))
        size = here.stop - start
        drawn = centres[rng.integers(0, len(centres), size)]
        drawn += np.float32(SPREAD) * rng.standard_normal((size, n_bits), np.float32)
        if packed is not None:
            packed[here] = Codes.from_signs(drawn).packed
        if embeddings is not None:
            embeddings[here] = drawn
    return Hashed(None if packed is None else Codes(packed, n_bits), embeddings)


if __name__ == "__main__":
    main()
