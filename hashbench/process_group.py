"""Processes that train one model together, as torchrun starts them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from torch import Tensor

T = TypeVar("T")

TIMEOUT = timedelta(days=1)
"""How long processes wait for each other; the main process validates while the others wait."""


@dataclass(frozen=True)
class ProcessGroup:
    """This process's rank among `size` processes, and its local rank among the `local_size` of its machine.

    The main process, of rank 0, validates, searches, times and writes; the others only train. By default there is one
    process.
    """

    rank: int = 0
    size: int = 1
    local_rank: int = 0
    local_size: int = 1

    @classmethod
    def from_environment(cls) -> ProcessGroup:
        """Read the environment variables that torchrun sets."""
        names = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE")
        return cls(*(int(os.environ.get(name, default)) for name, default in zip(names, "0101", strict=True)))

    @property
    def is_main(self) -> bool:
        """Whether this process is the one that validates, searches and writes."""
        return self.rank == 0

    @contextmanager
    def initialized(self, device: str) -> Iterator[None]:
        """Connect the processes, and disconnect them in the end; the device decides between NCCL and Gloo."""
        if self.size == 1:
            yield
            return
        import torch.distributed as dist

        dist.init_process_group("nccl" if device.startswith("cuda") else "gloo", timeout=TIMEOUT)
        try:
            yield
        finally:
            dist.destroy_process_group()

    def broadcast(self, value: T) -> T:
        """Return the main process's value in all processes."""
        if self.size == 1:
            return value
        import torch.distributed as dist

        values = [value]
        dist.broadcast_object_list(values)
        return values[0]

    def all_reduce_mean(self, value: Tensor) -> Tensor:
        """Return the mean of a tensor over all processes."""
        if self.size == 1:
            return value
        import torch.distributed as dist

        total = value.detach().clone()
        dist.all_reduce(total)
        return total / self.size

    def all_reduce_sparse(self, gradient: Tensor) -> Tensor:
        """Return the mean of sparse gradients [n, d] over all processes; rows may be listed more than once."""
        import torch
        import torch.distributed as dist

        rows, values = gradient._indices(), gradient._values()
        counts = [torch.zeros(1, dtype=torch.int64, device=rows.device) for _ in range(self.size)]
        dist.all_gather(counts, torch.tensor([rows.shape[1]], device=rows.device))
        n_padded = max(int(count) for count in counts)
        # Gathered tensors must have one size, so each process pads its rows to the largest number of rows.
        padded_rows, padded_values = rows.new_zeros(n_padded), values.new_zeros(n_padded, values.shape[1])
        padded_rows[: rows.shape[1]], padded_values[: rows.shape[1]] = rows[0], values / self.size
        gathered_rows = [torch.empty_like(padded_rows) for _ in counts]
        gathered_values = [torch.empty_like(padded_values) for _ in counts]
        dist.all_gather(gathered_rows, padded_rows)
        dist.all_gather(gathered_values, padded_values)
        all_rows = torch.cat([padded[: int(count)] for padded, count in zip(gathered_rows, counts, strict=True)])
        all_values = torch.cat([padded[: int(count)] for padded, count in zip(gathered_values, counts, strict=True)])
        return torch.sparse_coo_tensor(
            all_rows[None], all_values, gradient.shape, check_invariants=False
        )  # rows come from torch, so they are valid


SINGLE_PROCESS = ProcessGroup()
