"""A planned run, from the user's options to its records."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from hashbench.errors import BadParameter
from hashbench.observers import NullObserver, RunObserver
from hashbench.pipeline import defaults
from hashbench.pipeline.context import ExecutionContext, run_context
from hashbench.pipeline.logging_observer import LoggingObserver
from hashbench.pipeline.plan import RunPlan
from hashbench.pipeline.run import run
from hashbench.process_group import ProcessGroup
from hashbench.protocols import LoadContext
from hashbench.results.record import RunRecord
from hashbench.results.store import ResultsFolder


@dataclass(frozen=True, kw_only=True)
class LaunchOptions:
    """Where a run takes place, as users say it; none of this changes its metrics.

    Attributes:
        device: "auto", "cpu", "cuda" or "cuda:0".
        threads: None means all cores.
        data_dir: The folder where data sets are looked for first.
        skip_bad_rows: Whether unreadable rows of data files are skipped with a note.
        out: The folder of records and models; without it nothing is written.
        reuse_model: Whether a model in `out` may be used, and a training that was stopped may be resumed.
        dask: Address of a Dask scheduler, whose workers share the items among them for the search.
    """

    device: str = defaults.DEVICE
    threads: int | None = None
    data_dir: str | Path | None = None
    skip_bad_rows: bool = False
    out: str | Path | None = None
    reuse_model: bool = False
    dask: str | None = None


def launch(plan: RunPlan, options: LaunchOptions, observer: RunObserver | None = None) -> list[RunRecord]:
    """Run a plan in this process, which may be one of several that torchrun started; return one record per retriever.

    Only the main process notifies the observer, writes to `options.out` and returns records.

    Raises:
        HashbenchError: An option is wrong, data is missing, or the run fails.
    """
    process_group = ProcessGroup.from_environment()
    execution = _execution(plan.seed, options, process_group, observer or NullObserver())
    for note in plan.notes:
        execution.observer.note(note)
    if options.dask is None:
        with process_group.initialized(execution.ctx.device):
            return run(plan, execution)
    if process_group.size > 1:
        raise BadParameter("--dask does not go with several processes: search the model again without torchrun")
    from hashbench.distributed.sharded_index import DaskShards

    DaskShards.check(plan.retrievers)
    with closing(DaskShards(options.dask)) as builder:
        return run(plan, replace(execution, builder=builder))


def _execution(
    seed: int, options: LaunchOptions, process_group: ProcessGroup, observer: RunObserver
) -> ExecutionContext:
    is_main = process_group.is_main
    listener = LoggingObserver(observer if is_main else NullObserver())
    data_dir = None if options.data_dir is None else Path(options.data_dir)
    return ExecutionContext(
        ctx=run_context(seed, options.device, options.threads, process_group),
        load=LoadContext(data_dir=data_dir, skip_bad_rows=options.skip_bad_rows, notes=listener),
        observer=listener,
        out=ResultsFolder(options.out) if options.out is not None and is_main else None,
        reuse_model=options.reuse_model,
    )
