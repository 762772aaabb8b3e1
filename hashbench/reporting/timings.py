"""The table of `hashbench bench`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tabulate import tabulate

from hashbench.pipeline.retime import SearchTiming
from hashbench.reporting.details import noise
from hashbench.reporting.number_format import MISSING, counted, three_digits, whole
from hashbench.results.record import Latency

HEADINGS = ("retriever", "backend", "p50 ms", "p95 ms", "p99 ms", "search", "re-rank", "mask", "q/s", "bytes/item")


def timings(timed: Sequence[SearchTiming]) -> str:
    """Return a table with one row for each retriever, and notes on its figures."""
    rows = [_row(measurement) for measurement in timed]
    return "\n".join([tabulate(rows, HEADINGS, disable_numparse=True, tablefmt="simple"), "", *_notes(timed)])


def _row(timed: SearchTiming) -> list[str]:
    latency = timed.latency
    stages = latency.stages
    parts = (stages.search_ms, stages.rerank_ms, stages.mask_ms) if stages else (None, None, None)
    return [
        timed.retriever,
        _backends(latency),
        *(three_digits(value) for value in (latency.p50_ms, latency.p95_ms, latency.p99_ms)),
        *(MISSING if value is None else three_digits(value) for value in parts),
        three_digits(latency.batch_qps),
        whole(timed.bytes_per_item),
    ]


def _backends(latency: Latency) -> str:
    names = dict.fromkeys(name for name in (latency.backend, latency.batch_backend) if name)
    return ", batches ".join(names) or MISSING


def _notes(timed: Sequence[SearchTiming]) -> Iterator[str]:
    latency = timed[0].latency
    batches = f"batches of {latency.batch_size} on {counted(latency.batch_threads, 'thread')}"
    yield f"k = {latency.k}; {latency.queries} single queries on 1 thread; {batches}."
    yield "search, re-rank and mask are the parts of p50, in ms; mask is the time that excluding seen items adds."
    for measurement in timed:
        if warning := noise(measurement.latency):
            yield f"{measurement.retriever}: {warning}"
