"""`hashbench bench`: latency of stored codes, or of random ones."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hashbench.cli.options import data_dir
from hashbench.errors import BadParameter

if TYPE_CHECKING:
    from hashbench.pipeline.retime import Timed
    from hashbench.protocols import RunContext


@click.command()
@click.argument("runs", nargs=-1, metavar="[RUN]…")
@click.option("--results", type=click.Path(path_type=Path), default="results", show_default=True, help="Folder.")
@click.option("--save", is_flag=True, help="Write the new latency into the record of each RUN.")
@click.option("--synthetic", metavar="PARAMETERS", help="Random codes instead of runs: items=1000000,bits=64,seen=100.")
@click.option(
    "--retriever",
    "retrievers",
    multiple=True,
    default=("continuous", "hierarchical", "hamming"),
    show_default=True,
    help="With --synthetic: what to time; may be repeated.",
)
@click.option("--k", default=100, show_default=True, type=click.IntRange(1), help="With --synthetic: items to find.")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0), help="With --synthetic: of the codes.")
@click.option("--threads", type=int, help="Threads for batches. [default: all cores]")
@data_dir
@click.option("--format", "style", type=click.Choice(["table", "json"]), default="table", show_default=True)
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
    """Time searches again, without training: of each RUN's stored codes, or of random ones.

    RUN is a run id, a unique beginning of one, or a record file. Take it on an idle machine.
    """
    from hashbench.report.timings import timings

    if bool(runs) == (synthetic is not None):
        raise BadParameter("bench needs either runs (hashbench compare results/ shows their ids) or --synthetic")
    if synthetic is not None:
        from hashbench.pipeline.context import run_context
        from hashbench.pipeline.retime import Catalogue, bench_synthetic
        from hashbench.spec import ComponentSpec, create

        catalogue = create(Catalogue, ComponentSpec.parse(f"synthetic:{synthetic}"), "catalogue")
        timed = bench_synthetic(catalogue, retrievers, min(k, catalogue.items), run_context(seed, "cpu", threads))
    else:
        timed = [_bench_run(run, results, save, threads, data_dir) for run in runs]
    if style == "json":
        found = [{**dataclasses.asdict(one), "latency": one.latency.model_dump(mode="json")} for one in timed]
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
    else:
        click.echo(timings(timed))


def _bench_run(run: str, results: Path, save: bool, threads: int | None, data_dir: Path | None) -> Timed:
    from hashbench.pipeline.context import run_context
    from hashbench.pipeline.retime import bench_record
    from hashbench.protocols import LoadContext
    from hashbench.results.store import ResultsFolder

    folder = ResultsFolder(results)
    record = folder.find(run)
    ctx: RunContext = run_context(record.seed, "cpu", threads)
    timed = bench_record(record, folder, LoadContext(data_dir=data_dir), ctx)
    if save:
        folder.update(timed.into(record))
    return timed
