"""The table of `hashbench bench`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tabulate import tabulate

from hashbench.pipeline.retime import SearchTiming
from hashbench.report.columns import NOTHING, three_digits, whole
from hashbench.report.details import noise
from hashbench.results.record import Latency

HEADERS = ("retriever", "engine", "p50 ms", "p95 ms", "p99 ms", "search", "re-rank", "mask", "q/s", "bytes/item")


def timings(timed: Sequence[SearchTiming]) -> str:
    """Write one row a retriever, and what is to be known of the figures."""
    rows = [_row(one) for one in timed]
    return "\n".join([tabulate(rows, HEADERS, disable_numparse=True, tablefmt="simple"), "", *_notes(timed)])


def _row(timed: SearchTiming) -> list[str]:
    times = timed.latency
    stages = times.stages
    parts = (stages.search_ms, stages.rerank_ms, stages.mask_ms) if stages else (None, None, None)
    return [
        timed.retriever,
        _engines(times),
        *(three_digits(value) for value in (times.p50_ms, times.p95_ms, times.p99_ms)),
        *(NOTHING if value is None else three_digits(value) for value in parts),
        three_digits(times.batch_qps),
        whole(timed.bytes_per_item),
    ]


def _engines(times: Latency) -> str:
    names = dict.fromkeys(name for name in (times.backend, times.batch_backend) if name)
    return ", batches ".join(names) or NOTHING


def _notes(timed: Sequence[SearchTiming]) -> Iterator[str]:
    times = timed[0].latency
    threads = "1 thread" if times.batch_threads == 1 else f"{times.batch_threads} threads"
    yield f"k = {times.k}; {times.queries} single queries on 1 thread; batches of {times.batch_size} on {threads}."
    yield "search, re-rank, mask: what the p50 is made of, in ms; mask is what leaving out seen items adds to both."
    for one in timed:
        if warning := noise(one.latency):
            yield f"{one.retriever}: {warning}"
