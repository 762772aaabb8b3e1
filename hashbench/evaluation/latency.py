"""How long searches take: single queries by percentile, batches by throughput; seen items excluded throughout."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

import numpy as np

from hashbench.evaluation.ranking import Search
from hashbench.protocols import Index, RunContext
from hashbench.results.record import Latency

SINGLE_QUERIES = 200
BATCH_SIZE = 256
WARM_UPS = 3
REPEATS = 5


def measure(index: Index, search: Search, k: int, ctx: RunContext) -> Latency:
    """Time searches of a seeded sample of the users who have something to find.

    Queries are cut out beforehand, so that the clock sees the search alone. A first call, which may compile a
    kernel, is among the discarded warm-ups.
    """
    askers = ctx.rng("latency").permutation(search.askers)
    singles = [_timed(index, search, askers[place : place + 1], k) for place in range(min(SINGLE_QUERIES, askers.size))]
    batch = _timed(index, search, askers[:BATCH_SIZE], k)

    for one in [*singles[:WARM_UPS], *[singles[0]] * WARM_UPS]:
        one()
    seconds = np.array([one() for one in singles * REPEATS])
    p50, p95, p99 = np.percentile(seconds, [50, 95, 99]) * 1e3

    for _ in range(WARM_UPS):
        batch()
    batch_seconds = float(np.median([batch() for _ in range(REPEATS)]))
    batch_size = min(BATCH_SIZE, askers.size)
    return Latency(
        p50_ms=float(p50),
        p95_ms=float(p95),
        p99_ms=float(p99),
        batch_qps=batch_size / batch_seconds,
        batch_size=batch_size,
        k=k,
        queries=len(singles),
        batch_threads=ctx.threads,
    )


def _timed(
    index: Index, search: Search, users: np.ndarray[tuple[int], np.dtype[np.int64]], k: int
) -> Callable[[], float]:
    queries, exclude = search.users.take(users), search.exclude.select(users)

    def timed() -> float:
        start = perf_counter()
        ranking = index.search(queries, k, exclude)
        stop = perf_counter()
        assert ranking.items.shape == (users.size, k)
        return stop - start

    return timed
