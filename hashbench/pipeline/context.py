"""Where a run takes place: device, threads, folders, observer, and who builds the indexes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from hashbench.errors import BadParameter
from hashbench.observers import RunObserver
from hashbench.pipeline import environment
from hashbench.process_group import SINGLE_PROCESS, ProcessGroup
from hashbench.protocols import Hashed, Index, LoadContext, Retriever, RunContext
from hashbench.results.record import Machine
from hashbench.results.store import ResultsFolder

MAX_THREADS = 1024


class IndexBuilder(Protocol):
    """Builds indexes somewhere else, such as on the workers of a cluster.

    `name` becomes part of the spec of a run, so its run id differs from that of a local run. `option` becomes part of
    the command that repeats the run.
    """

    name: str
    option: str

    def build(self, retriever: Retriever, items: Hashed, ctx: RunContext) -> Index:
        """Return an index that gives the same answers as `retriever.build(items, ctx)`."""


@dataclass(frozen=True)
class ExecutionContext:
    """Where a run takes place: device and threads, data folder, observer, results folder, index builder.

    With `reuse_model` a run may use a cached model and resume a training from its checkpoint. Without `out` it writes
    nothing.
    """

    ctx: RunContext
    load: LoadContext
    observer: RunObserver
    out: ResultsFolder | None = None
    reuse_model: bool = False
    builder: IndexBuilder | None = None

    def machine(self) -> Machine:
        """Describe this machine and its present load; call it before the work begins."""
        import torch

        device = self.ctx.device
        gpu = torch.cuda.get_device_name(device) if device.startswith("cuda") else None
        return environment.machine(device, self.ctx.threads, gpu, self.ctx.process_group.size)

    def build_index(self, retriever: Retriever, items: Hashed) -> Index:
        """Build a retriever's index, by the index builder if there is one."""
        if self.builder is not None:
            return self.builder.build(retriever, items, self.ctx)
        return retriever.build(items, self.ctx)


def run_context(
    seed: int, device: str, threads: int | None, process_group: ProcessGroup = SINGLE_PROCESS
) -> RunContext:
    """Check device and threads, set torch's number of threads, and return the context of a run.

    Args:
        seed: The run's seed.
        device: "cpu", "cuda", "cuda:0" and the like; "auto" is a GPU where there is one, and the CPU elsewhere.
        threads: None means all cores, divided among the processes of this machine.
        process_group: The processes that train together; with "cuda" each takes the GPU of its local rank.

    Raises:
        BadParameter: The device does not exist, or the number of threads is out of range.
    """
    import torch

    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    kind, _, number = device.partition(":")
    if not (device == "cpu" or (kind == "cuda" and (number.isdecimal() or device == "cuda"))):
        raise BadParameter(f"--device must be auto, cpu, cuda or cuda:0, got '{device}'")
    if device == "cuda" and process_group.size > 1:
        device, number = f"cuda:{process_group.local_rank}", str(process_group.local_rank)
    n_devices = torch.cuda.device_count() if kind == "cuda" else 0
    if kind == "cuda" and n_devices <= int(number or 0):
        raise BadParameter(
            f"--device {device}: torch {torch.__version__} sees {n_devices} CUDA devices here; use --device cpu"
        )
    if threads is not None and not 1 <= threads <= MAX_THREADS:
        raise BadParameter(f"--threads must be 1 to {MAX_THREADS}, got {threads}")
    n_threads = threads or max(1, environment.usable_cores() // process_group.local_size)
    torch.set_num_threads(n_threads)
    return RunContext(seed, device, n_threads, process_group)
