"""Adam for the rows that a step has read: for tables that are too large to go through in every step."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from hashbench.kernels.blocks import in_blocks
from hashbench.kernels.row_adam import adam_rows

BLOCK = 1024
"""Rows per block of work."""

Rows = NDArray[np.float32]


class RowAdam(torch.optim.Optimizer):
    """torch.optim.SparseAdam in one pass over memory, for tables float32[n, d] on the CPU with sparse gradients.

    A row without a gradient keeps its values and moments. The result does not depend on the number of threads.
    """

    def __init__(
        self,
        tables: Iterable[nn.Parameter],
        lr: float,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        threads: int = 1,
    ) -> None:
        super().__init__(tables, {"lr": lr, "betas": betas, "eps": eps})
        self.threads = threads

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        """Update the rows that have a gradient."""
        for group in self.param_groups:
            for table in group["params"]:
                if table.grad is None:
                    continue
                state = self.state[table]
                if not state:
                    state.update(step=0, exp_avg=torch.zeros_like(table), exp_avg_sq=torch.zeros_like(table))
                state["step"] += 1
                rows, gradients = _distinct_rows(table.grad)
                beta1, beta2 = group["betas"]
                step_size = group["lr"] * math.sqrt(1 - beta2 ** state["step"]) / (1 - beta1 ** state["step"])
                numbers = np.array([step_size, 1 - beta1, 1 - beta2, group["eps"]], np.float32)
                tensors = table, state["exp_avg"], state["exp_avg_sq"]
                self._update([tensor.detach().numpy() for tensor in tensors], rows, gradients, numbers)

    def _update(self, arrays: list[Rows], rows: NDArray[np.int64], gradients: Rows, step: Rows) -> None:
        values, exp_avg, exp_avg_sq = arrays

        def update_block(block: slice) -> None:
            adam_rows(values, exp_avg, exp_avg_sq, rows[block], gradients[block], step)

        in_blocks(len(rows), BLOCK, self.threads, update_block)


def _distinct_rows(gradient: Tensor) -> tuple[NDArray[np.int64], Rows]:
    """Return the distinct rows of a sparse gradient and the sum of each row's entries."""
    rows, values = gradient._indices()[0].numpy(), gradient._values()
    if not gradient.is_coalesced() and not _are_distinct(rows, gradient.shape[0]):
        gradient = gradient.coalesce()
        rows, values = gradient.indices()[0].numpy(), gradient.values()
    return rows, values.contiguous().numpy()


def _are_distinct(rows: NDArray[np.int64], n: int) -> bool:
    is_listed = np.zeros(n, np.bool_)
    is_listed[rows] = True
    return int(np.count_nonzero(is_listed)) == len(rows)
