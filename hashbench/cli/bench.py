"""`hashbench bench`: measures search latency again, of stored codes or of random ones."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hashbench.cli.options import data_dir, results, seed, table_or_json, threads
from hashbench.errors import BadParameter
from hashbench.pipeline.defaults import KS, RETRIEVERS

if TYPE_CHECKING:
    from hashbench.pipeline.retime import SearchTiming
    from hashbench.protocols import RunContext


@click.command()
@click.argument("runs", nargs=-1, metavar="[RUN]…")
@results
@click.option("--save", is_flag=True, help="Write the new latency into the record of each RUN.")
@click.option("--synthetic", metavar="PARAMETERS", help="Random codes instead of runs: items=1000000,bits=64,seen=100.")
@click.option(
    "--retriever",
    "retrievers",
    multiple=True,
    default=RETRIEVERS,
    show_default=True,
    help="With --synthetic: retriever to time; may be repeated.",
)
@click.option(
    "--k", default=max(KS), show_default=True, type=click.IntRange(1), help="With --synthetic: items per ranking."
)
@seed("the random codes of --synthetic", click.IntRange(0))
@threads("batches of queries")
@data_dir
@table_or_json
def bench(
    runs: tuple[str, ...],
    results: Path,
    save: bool,
    synthetic: str | None,
    retrievers: tuple[str, ...],
    k: int,
    seed: int,
    threads: int | None,
    data_dir: Path | None,
    style: str,
) -> None:
    """Measure search latency without training.

    The codes are those of each RUN, or random ones (--synthetic). RUN is a run id, a unique beginning of one, or a
    record file. Measure on an idle machine.
    """
    from hashbench.reporting.timings import timings

    if bool(runs) == (synthetic is not None):
        raise BadParameter("bench needs either runs (hashbench compare results/ shows their ids) or --synthetic")
    if synthetic is not None:
        from hashbench.pipeline.context import run_context
        from hashbench.pipeline.retime import RandomCatalogue, time_random_codes
        from hashbench.spec import ComponentSpec, create

        catalogue = create(RandomCatalogue, ComponentSpec.parse(f"synthetic:{synthetic}"), "catalogue")
        measured = time_random_codes(catalogue, retrievers, min(k, catalogue.items), run_context(seed, "cpu", threads))
    else:
        measured = [_time_run(run, results, save, threads, data_dir) for run in runs]
    if style == "json":
        rows = [
            {**dataclasses.asdict(timing), "latency": timing.latency.model_dump(mode="json")} for timing in measured
        ]
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
    else:
        click.echo(timings(measured))


def _time_run(run: str, results: Path, save: bool, threads: int | None, data_dir: Path | None) -> SearchTiming:
    from hashbench.pipeline.context import run_context
    from hashbench.pipeline.retime import time_record
    from hashbench.protocols import LoadContext
    from hashbench.results.store import ResultsFolder

    folder = ResultsFolder(results)
    record = folder.find(run)
    ctx: RunContext = run_context(record.seed, "cpu", threads)
    timing = time_record(record, folder, LoadContext(data_dir=data_dir), ctx)
    if save:
        folder.update(timing.updated(record))
    return timing
