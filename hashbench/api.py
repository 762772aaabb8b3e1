"""The Python interface: `hashbench.run(encoder="sage", head="guided_ste", dataset="ml-1m")`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hashbench.errors import BadParameter
from hashbench.observers import NullObserver
from hashbench.process_group import ProcessGroup

if TYPE_CHECKING:
    from hashbench.observers import RunObserver
    from hashbench.protocols import RunContext
    from hashbench.results.record import RunRecord

MOST_THREADS = 1024


def run(
    *,
    dataset: str,
    system: str | None = None,
    encoder: str | None = None,
    head: str | None = None,
    split: str = "ratio",
    objective: str | None = None,
    retrievers: Sequence[str] | str | None = None,
    train_head: str | None = None,
    k: Iterable[int] | int = (50, 100),
    seed: int = 0,
    device: str = "auto",
    threads: int | None = None,
    data_dir: str | Path | None = None,
    skip_bad_rows: bool = False,
    out: str | Path | None = None,
    reuse_model: bool = False,
    dask: str | None = None,
    observer: RunObserver | None = None,
    **training: Any,
) -> list[RunRecord]:
    """Train one model, search it by each retriever, and return one record each.

    Encoder, head, objective and training are those of a `system` (`hashbench list systems`), where one is named, but
    for what is given beside it. Components are texts such as "guided_ste:bits=64" (`hashbench list` names them).
    `retrievers` are by default those of continuous, hierarchical and hamming that fit the head, and the one it is made
    for. `training` takes the fields of `hashbench.training.options.TrainingOptions`. With `out`, records are also
    written there, and the model's codes and embeddings kept; with `reuse_model` a model of the same id that was kept
    there is not trained again. `dask` is the address of a Dask scheduler, over whose workers the items are spread for
    the search; latency is that of the whole. Processes started by torchrun train one model together; the first of them
    has the records, the others none.
    Raises `hashbench.errors.HashbenchError`.
    """
    from hashbench.pipeline.plan import RunPlan
    from hashbench.pipeline.recorder import ExecutionContext
    from hashbench.pipeline.run import run as run_plan
    from hashbench.protocols import LoadContext
    from hashbench.registry.systems import find
    from hashbench.results.store import ResultsFolder

    parts = {"encoder": encoder, "head": head, "objective": objective, "train_head": train_head}
    chosen = {part: text for part, text in parts.items() if text is not None}
    if system is not None:
        named = find(system)
        chosen, training = named.parts() | chosen, {**named.training, **training}
    for part in ("encoder", "head"):
        if part not in chosen:
            raise BadParameter(f"no {part} is given; give --{part}, or --system (hashbench list systems)")
    plan = RunPlan.of(**chosen, dataset=dataset, split=split, retrievers=retrievers, training=training, seed=seed, ks=k)
    process_group = ProcessGroup.from_environment()
    observer = observer if observer is not None and process_group.is_main else NullObserver()
    if train_head not in (None, plan.train_head):
        observer.note(f"head '{plan.head.name}' can only be trained '{plan.train_head}' the encoder: that is done")
    folder = None if data_dir is None else Path(data_dir)
    execution = ExecutionContext(
        ctx=context(seed, device, threads, process_group),
        load=LoadContext(data_dir=folder, skip_bad_rows=skip_bad_rows, notes=observer),
        observer=observer,
        out=None if out is None or not process_group.is_main else ResultsFolder(out),
        reuse_model=reuse_model,
    )
    if dask is None:
        with process_group.initialized(execution.ctx.device):
            return run_plan(plan, execution)
    if process_group.size > 1:
        raise BadParameter("--dask does not go with several processes: search the model again without torchrun")
    from hashbench.distributed.sharded_index import DaskShards

    DaskShards.check(plan.retrievers)
    with closing(DaskShards(dask)) as builder:
        return run_plan(plan, replace(execution, builder=builder))


def context(seed: int, device: str, threads: int | None, process_group: ProcessGroup | None = None) -> RunContext:
    """Check device and threads, and tell torch; "auto" takes a GPU where there is one, None all cores.

    Processes of one machine share its cores, and have a GPU each.
    """
    import torch

    from hashbench.pipeline.environment import usable_cores
    from hashbench.protocols import RunContext

    process_group = process_group or ProcessGroup()
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    kind, _, number = device.partition(":")
    if not (device == "cpu" or (kind == "cuda" and (number.isdecimal() or device == "cuda"))):
        raise BadParameter(f"--device must be auto, cpu, cuda or cuda:0, got '{device}'")
    if device == "cuda" and process_group.size > 1:
        device, number = f"cuda:{process_group.local_rank}", str(process_group.local_rank)
    if kind == "cuda" and torch.cuda.device_count() <= int(number or 0):
        found = torch.cuda.device_count()
        raise BadParameter(
            f"--device {device}: torch {torch.__version__} sees {found} CUDA devices here; use --device cpu"
        )
    if threads is not None and not 1 <= threads <= MOST_THREADS:
        raise BadParameter(f"--threads must be 1 to {MOST_THREADS}, got {threads}")
    chosen = threads or max(1, usable_cores() // process_group.local_size)
    torch.set_num_threads(chosen)
    return RunContext(seed, device, chosen, process_group)
