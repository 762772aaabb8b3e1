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

PATIENCE = timedelta(days=1)
"""How long others wait for the first, which validates alone."""


@dataclass(frozen=True)
class ProcessGroup:
    """This process's number among `size`, and among the `local_size` of its machine; by default it is alone.

    The first one validates, searches, times and writes; the others train.
    """

    rank: int = 0
    size: int = 1
    local_rank: int = 0
    local_size: int = 1

    @classmethod
    def from_environment(cls) -> ProcessGroup:
        """Read what torchrun says."""
        names = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE")
        return cls(*(int(os.environ.get(name, default)) for name, default in zip(names, "0101", strict=True)))

    @property
    def is_main(self) -> bool:
        """Whether this process is the one that validates, searches and writes."""
        return self.rank == 0

    @contextmanager
    def initialized(self, device: str) -> Iterator[None]:
        """Meet the others, and part in the end."""
        if self.size == 1:
            yield
            return
        import torch.distributed as dist

        dist.init_process_group("nccl" if device.startswith("cuda") else "gloo", timeout=PATIENCE)
        try:
            yield
        finally:
            dist.destroy_process_group()

    def broadcast(self, value: T) -> T:
        """Return the first process's value, in all of them."""
        if self.size == 1:
            return value
        import torch.distributed as dist

        box = [value]
        dist.broadcast_object_list(box)
        return box[0]

    def all_reduce_mean(self, value: Tensor) -> Tensor:
        """Return the mean of a number over all processes."""
        if self.size == 1:
            return value
        import torch.distributed as dist

        total = value.detach().clone()
        dist.all_reduce(total)
        return total / self.size

    def all_reduce_sparse(self, gradient: Tensor) -> Tensor:
        """Return the mean of sparse gradients: all rows that a process has, divided by the number of processes."""
        import torch
        import torch.distributed as dist

        rows, values = gradient._indices(), gradient._values()
        counts = [torch.zeros(1, dtype=torch.int64, device=rows.device) for _ in range(self.size)]
        dist.all_gather(counts, torch.tensor([rows.shape[1]], device=rows.device))
        most = max(int(count) for count in counts)
        # Gathered tensors must be of one size: rows are filled up to the most that any process has.
        wide_rows, wide_values = rows.new_zeros(most), values.new_zeros(most, values.shape[1])
        wide_rows[: rows.shape[1]], wide_values[: rows.shape[1]] = rows[0], values / self.size
        all_rows = [torch.empty_like(wide_rows) for _ in counts]
        all_values = [torch.empty_like(wide_values) for _ in counts]
        dist.all_gather(all_rows, wide_rows)
        dist.all_gather(all_values, wide_values)
        kept_rows = torch.cat([one[: int(count)] for one, count in zip(all_rows, counts, strict=True)])
        kept_values = torch.cat([one[: int(count)] for one, count in zip(all_values, counts, strict=True)])
        return torch.sparse_coo_tensor(
            kept_rows[None], kept_values, gradient.shape, check_invariants=False
        )  # rows come as torch gave them


SINGLE_PROCESS = ProcessGroup()
