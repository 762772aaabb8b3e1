"""Latency of searches: percentiles of single queries, throughput of batches, and the time of each stage.

Queries and masks are prepared beforehand, so that only the search is timed. The first calls, which may compile a
kernel, are discarded. The load by other processes is measured as well, and latencies under such a load are marked as
noisy.
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
MAX_BACKGROUND_LOAD = 0.15
"""Cores used by other processes, above which a measurement is noisy."""
MAX_REPEAT_SPREAD = 1.3
"""The slowest repeat's median over the fastest's, above which a measurement is noisy."""

Users = NDArray[np.int64]
T = TypeVar("T")

Encode = Callable[[Users], object]
"""Hashes the embeddings of the users with the given numbers."""


def measure(index: Index, search: Search, k: int, ctx: RunContext, encode: Encode | None = None) -> Latency:
    """Time the search of the best k items, for a seeded sample of the users with test items.

    Each backend of an index is timed; single queries and batches have the times of the backend that is fastest for
    them. Without `encode`, the time of hashing a user's embedding is not measured.
    """
    users = ctx.rng("latency").permutation(search.eval_users)
    batch_size = min(BATCH_SIZE, users.size)
    singles = [_request(search, user) for user in _one_by_one(users[:SINGLE_QUERIES])]
    batch = _request(search, users[:batch_size])
    backends = _backends(index)
    with _background_load() as load:
        single_seconds = {name: _single_seconds(backend, singles, k) for name, backend in backends.items()}
        name, repeats = min(single_seconds.items(), key=lambda timing: float(np.median(timing[1])))
        all_batch_seconds = {name: _batch_seconds(backend, batch, k) for name, backend in backends.items()}
        batch_name, batch_seconds = min(all_batch_seconds.items(), key=lambda timing: timing[1])
        stages = _stages(backends[name], singles, k, repeats)
        if encode is not None:
            stages.encode_ms = _median_seconds(encode, _one_by_one(users[: len(singles)])) * 1e3
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
        background_load=load.cores,
        noisy=load.cores > MAX_BACKGROUND_LOAD or spread > MAX_REPEAT_SPREAD,
    )


def _backends(index: Index) -> Mapping[str, Index]:
    """Return the implementations to time by name; "" is that of an index without a name."""
    if isinstance(index, MultiBackendIndex):
        return index.backends()
    return {index.backend_name if isinstance(index, NamedBackendIndex) else "": index}


@dataclass(frozen=True, eq=False)
class _Request:
    """Queries of some users, what each of them leaves out, and a mask that leaves out nothing."""

    queries: Hashed
    exclude: Interactions
    empty_mask: Interactions


def _request(search: Search, users: Users) -> _Request:
    exclude = search.exclude.select(users)
    empty_mask = Interactions.from_pairs([], [], users.size, exclude.n_items)
    return _Request(search.users.take(users), exclude, empty_mask)


def _one_by_one(users: Users) -> list[Users]:
    return [users[position : position + 1] for position in range(users.size)]


def _single_seconds(index: Index, singles: Sequence[_Request], k: int) -> NDArray[np.float64]:
    """Return the seconds of each query in each repeat, float64[repeats, queries], after the warm-ups."""
    for request in [*singles[:WARM_UPS], *[singles[0]] * WARM_UPS]:
        _search_seconds(index, request, k)
    return np.array([[_search_seconds(index, request, k) for request in singles] for _ in range(REPEATS)])


def _batch_seconds(index: Index, batch: _Request, k: int) -> float:
    """Return the median over all repeats, after the warm-ups."""
    for _ in range(WARM_UPS):
        _search_seconds(index, batch, k)
    return float(np.median([_search_seconds(index, batch, k) for _ in range(REPEATS)]))


def _search_seconds(index: Index, request: _Request, k: int) -> float:
    start = perf_counter()
    ranking = index.search(request.queries, k, request.exclude)
    stop = perf_counter()
    assert ranking.items.shape == (len(request.queries), k)
    return stop - start


def _stages(index: Index, singles: Sequence[_Request], k: int, repeats: NDArray[np.float64]) -> Stages:
    """Time single queries without masks, and the first stage of two alone; the rest follows by subtraction."""
    total = float(np.median(repeats))
    mask = total - _median_seconds(lambda request: index.search(request.queries, k, request.empty_mask), singles)
    if not isinstance(index, StagedIndex):
        return Stages(search_ms=total * 1e3, mask_ms=mask * 1e3)
    first = _median_seconds(lambda request: index.retrieve_candidates(request.queries, request.exclude), singles)
    return Stages(search_ms=first * 1e3, rerank_ms=max(total - first, 0.0) * 1e3, mask_ms=mask * 1e3)


def _median_seconds(call: Callable[[T], object], arguments: Sequence[T]) -> float:
    """Return the median time of a call over all repeats of all arguments, after the warm-ups."""

    def seconds(argument: T) -> float:
        start = perf_counter()
        call(argument)
        return perf_counter() - start

    for _ in range(WARM_UPS):
        seconds(arguments[0])
    return float(np.median([[seconds(argument) for argument in arguments] for _ in range(REPEATS)]))


@dataclass
class _BackgroundLoad:
    """Cores that other processes used on average."""

    cores: float = 0.0


@contextmanager
def _background_load() -> Iterator[_BackgroundLoad]:
    """Measure the load by other processes; it is known at the end of the block."""
    load, own_before, busy_before, start = _BackgroundLoad(), _own_seconds(), _busy_seconds(), perf_counter()
    yield load
    elapsed = perf_counter() - start
    others = (_busy_seconds() - busy_before) - (_own_seconds() - own_before)
    load.cores = max(others / elapsed, 0.0)


def _own_seconds() -> float:
    times = psutil.Process().cpu_times()
    return float(times.user + times.system)


def _busy_seconds() -> float:
    """Return the time that all processes of this machine have used; guests' time is part of user and nice."""
    times: Mapping[str, float] = psutil.cpu_times()._asdict()
    return sum(seconds for kind, seconds in times.items() if kind not in {"idle", "iowait", "guest", "guest_nice"})
