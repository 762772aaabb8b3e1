"""A run from texts: resolve the specs, set the execution up, and run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from hashbench.errors import BadParameter
from hashbench.observers import NullObserver, RunObserver
from hashbench.pipeline import defaults
from hashbench.pipeline.context import ExecutionContext, run_context
from hashbench.pipeline.plan import RunPlan
from hashbench.pipeline.run import run
from hashbench.process_group import ProcessGroup
from hashbench.protocols import LoadContext
from hashbench.registry.shelves import SYSTEMS, find
from hashbench.results.record import RunRecord
from hashbench.results.store import ResultsFolder


def launch(
    *,
    dataset: str,
    system: str | None = None,
    encoder: str | None = None,
    head: str | None = None,
    split: str = defaults.SPLIT,
    objective: str | None = None,
    retrievers: Sequence[str] | str | None = None,
    train_head: str | None = None,
    k: Iterable[int] | int = defaults.KS,
    seed: int = defaults.SEED,
    device: str = defaults.DEVICE,
    threads: int | None = None,
    data_dir: str | Path | None = None,
    skip_bad_rows: bool = False,
    out: str | Path | None = None,
    reuse_model: bool = False,
    dask: str | None = None,
    observer: RunObserver | None = None,
    **training: Any,
) -> list[RunRecord]:
    """Run what the texts describe, and return one record per retriever.

    The parameters are those of `hashbench.run`.

    Raises:
        HashbenchError: A text is wrong, data is missing, or the run fails.
    """
    plan = resolve(
        dataset=dataset,
        system=system,
        encoder=encoder,
        head=head,
        split=split,
        objective=objective,
        retrievers=retrievers,
        train_head=train_head,
        k=k,
        seed=seed,
        training=training,
    )
    return execute(
        plan,
        device=device,
        threads=threads,
        data_dir=data_dir,
        skip_bad_rows=skip_bad_rows,
        out=out,
        reuse_model=reuse_model,
        dask=dask,
        observer=observer,
        train_head=train_head,
    )


def resolve(
    *,
    dataset: str,
    system: str | None = None,
    encoder: str | None = None,
    head: str | None = None,
    split: str = defaults.SPLIT,
    objective: str | None = None,
    retrievers: Sequence[str] | str | None = None,
    train_head: str | None = None,
    k: Iterable[int] | int = defaults.KS,
    seed: int = defaults.SEED,
    training: dict[str, Any] | None = None,
) -> RunPlan:
    """Return the plan that the texts describe; parts that are given replace those of the `system`.

    Raises:
        HashbenchError: A name is unknown, a parameter is wrong, or the parts do not fit together.
    """
    given = {"encoder": encoder, "head": head, "objective": objective, "train_head": train_head}
    parts = {part: text for part, text in given.items() if text is not None}
    options = training or {}
    if system is not None:
        published = find(SYSTEMS, system).value
        parts, options = published.parts() | parts, {**published.training, **options}
    for part in ("encoder", "head"):
        if part not in parts:
            raise BadParameter(f"no {part} is given; give --{part}, or --system (hashbench list systems)")
    return RunPlan.from_specs(
        **parts, dataset=dataset, split=split, retrievers=retrievers, training=options, seed=seed, ks=k
    )


def execute(
    plan: RunPlan,
    *,
    device: str = defaults.DEVICE,
    threads: int | None = None,
    data_dir: str | Path | None = None,
    skip_bad_rows: bool = False,
    out: str | Path | None = None,
    reuse_model: bool = False,
    dask: str | None = None,
    observer: RunObserver | None = None,
    train_head: str | None = None,
) -> list[RunRecord]:
    """Run a plan in this process, which may be one of several that torchrun started.

    Only the main process has an observer and writes to `out`. `train_head` is what the user asked for; a note tells
    where the plan cannot follow it.

    Raises:
        HashbenchError: The device or the threads are wrong, data is missing, or the run fails.
    """
    process_group = ProcessGroup.from_environment()
    is_main = process_group.is_main
    listener = observer if observer is not None and is_main else NullObserver()
    if train_head not in (None, plan.train_head):
        listener.note(f"head '{plan.head.name}' can only be trained '{plan.train_head}' the encoder: that is done")
    execution = ExecutionContext(
        ctx=run_context(plan.seed, device, threads, process_group),
        load=LoadContext(
            data_dir=None if data_dir is None else Path(data_dir), skip_bad_rows=skip_bad_rows, notes=listener
        ),
        observer=listener,
        out=ResultsFolder(out) if out is not None and is_main else None,
        reuse_model=reuse_model,
    )
    if dask is None:
        with process_group.initialized(execution.ctx.device):
            return run(plan, execution)
    if process_group.size > 1:
        raise BadParameter("--dask does not go with several processes: search the model again without torchrun")
    from hashbench.distributed.sharded_index import DaskShards

    DaskShards.check(plan.retrievers)
    with closing(DaskShards(dask)) as builder:
        return run(plan, replace(execution, builder=builder))
