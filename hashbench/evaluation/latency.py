"""How long searches take: single queries by percentile, batches by throughput, and the stages apart.

Queries and masks are cut out beforehand, so that the clock sees the search alone. First calls, which may compile a
kernel, are discarded. What other processes use of the processor meanwhile is measured: latencies beside them say so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import TypeVar

import numpy as np
import psutil
from numpy.typing import NDArray

from hashbench.data.interactions import Interactions
from hashbench.evaluation.ranking import Search
from hashbench.protocols import Hashed, Index, MultiBackendIndex, NamedBackendIndex, RunContext, StagedIndex
from hashbench.results.record import Latency, Stages

SINGLE_QUERIES = 200
BATCH_SIZE = 256
WARM_UPS = 3
REPEATS = 5
QUIET = 0.15
"""Other processes may use so much of a core, ..."""
STEADY = 1.3
"""... and the slowest repeat's median be so many times the fastest's, before a measurement counts as noisy."""

Users = NDArray[np.int64]
Asked = TypeVar("Asked")


Encode = Callable[[Users], object]


def measure(index: Index, search: Search, k: int, ctx: RunContext, encode: Encode | None = None) -> Latency:
    """Time searches of a seeded sample of the users who have something to find.

    `encode` hashes the embeddings of given users; without it that stage is not timed. Of an index with several engines
    each is timed, and the fastest stands for it: for single queries and for batches apart.
    """
    eval_users = ctx.rng("latency").permutation(search.eval_users)
    batch_size = min(BATCH_SIZE, eval_users.size)
    singles = [
        _question(search, eval_users[place : place + 1]) for place in range(min(SINGLE_QUERIES, eval_users.size))
    ]
    batch = _question(search, eval_users[:batch_size])
    backends = _backends(index)
    with _background_load() as others:
        runs = {name: _repeats(one, singles, k) for name, one in backends.items()}
        name, repeats = min(runs.items(), key=lambda run: float(np.median(run[1])))
        batches = {one: _batch_seconds(backend, batch, k) for one, backend in backends.items()}
        batch_name, batch_seconds = min(batches.items(), key=lambda run: run[1])
        stages = _stages(backends[name], singles, k, repeats)
        if encode is not None:
            stages.encode_ms = _encode_ms(encode, eval_users[: len(singles)])
    p50, p95, p99 = np.percentile(repeats, [50, 95, 99]) * 1e3
    medians = np.median(repeats, axis=1)
    spread = float(medians.max() / medians.min())
    return Latency(
        p50_ms=float(p50),
        p95_ms=float(p95),
        p99_ms=float(p99),
        batch_qps=batch_size / batch_seconds,
        batch_size=batch_size,
        k=k,
        queries=len(singles),
        batch_threads=ctx.threads,
        backend=name or None,
        batch_backend=batch_name or None,
        stages=stages,
        repeat_spread=spread,
        background_load=others.cores,
        noisy=others.cores > QUIET or spread > STEADY,
    )


def _backends(index: Index) -> Mapping[str, Index]:
    """Return the implementations to time by name; "" is no name."""
    if isinstance(index, MultiBackendIndex):
        return index.backends()
    return {index.backend_name if isinstance(index, NamedBackendIndex) else "": index}


@dataclass(frozen=True, eq=False)
class _Question:
    queries: Hashed
    exclude: Interactions
    nothing: Interactions


def _question(search: Search, users: Users) -> _Question:
    exclude = search.exclude.select(users)
    nothing = Interactions.from_pairs([], [], users.size, exclude.n_items)
    return _Question(search.users.take(users), exclude, nothing)


def _repeats(index: Index, singles: Sequence[_Question], k: int) -> NDArray[np.float64]:
    """Return seconds float64[repeats, queries], after the warm-ups."""
    for one in [*singles[:WARM_UPS], *[singles[0]] * WARM_UPS]:
        _search(index, one, k)
    return np.array([[_search(index, one, k) for one in singles] for _ in range(REPEATS)])


def _batch_seconds(index: Index, batch: _Question, k: int) -> float:
    return _median_of(lambda one: _search(index, one, k), [batch])


def _search(index: Index, question: _Question, k: int) -> float:
    start = perf_counter()
    ranking = index.search(question.queries, k, question.exclude)
    stop = perf_counter()
    assert ranking.items.shape == (len(question.queries), k)
    return stop - start


def _stages(index: Index, singles: Sequence[_Question], k: int, repeats: NDArray[np.float64]) -> Stages:
    """Time single queries without masks, and the first stage of two: medians, what is left over by subtraction."""

    def unmasked(one: _Question) -> float:
        start = perf_counter()
        index.search(one.queries, k, one.nothing)
        return perf_counter() - start

    def first_stage(one: _Question) -> float:
        assert isinstance(index, StagedIndex)
        start = perf_counter()
        index.retrieve_candidates(one.queries, one.exclude)
        return perf_counter() - start

    total = float(np.median(repeats))
    mask = total - _median_of(unmasked, singles)
    if not isinstance(index, StagedIndex):
        return Stages(search_ms=total * 1e3, mask_ms=mask * 1e3)
    first = _median_of(first_stage, singles)
    return Stages(search_ms=first * 1e3, rerank_ms=max(total - first, 0.0) * 1e3, mask_ms=mask * 1e3)


def _encode_ms(encode: Encode, users: Users) -> float:
    def timed(user: Users) -> float:
        start = perf_counter()
        encode(user)
        return perf_counter() - start

    return _median_of(timed, [users[place : place + 1] for place in range(users.size)]) * 1e3


def _median_of(timed: Callable[[Asked], float], asked: Sequence[Asked]) -> float:
    """Return the median over all repeats of all questions, warmed up."""
    for _ in range(WARM_UPS):
        timed(asked[0])
    return float(np.median([[timed(one) for one in asked] for _ in range(REPEATS)]))


@dataclass
class _BackgroundLoad:
    """How many cores' worth of time other processes used."""

    cores: float = 0.0


@contextmanager
def _background_load() -> Iterator[_BackgroundLoad]:
    found, own, everyone, start = _BackgroundLoad(), _own_seconds(), _busy_seconds(), perf_counter()
    yield found
    passed = perf_counter() - start
    used = (_busy_seconds() - everyone) - (_own_seconds() - own)
    found.cores = max(used / passed, 0.0)


def _own_seconds() -> float:
    times = psutil.Process().cpu_times()
    return float(times.user + times.system)


def _busy_seconds() -> float:
    times: Mapping[str, float] = psutil.cpu_times()._asdict()
    # Guests' time is within user and nice.
    return sum(seconds for kind, seconds in times.items() if kind not in {"idle", "iowait", "guest", "guest_nice"})
