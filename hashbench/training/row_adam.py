"""Adam of the rows that a step has read: for tables too large to go through in every step."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from hashbench.kernels.blocks import in_blocks
from hashbench.kernels.row_adam import AdamStep, AdamTable, adam_rows

BLOCK = 1024
"""Rows of one go."""

Rows = NDArray[np.float32]


class RowAdam(torch.optim.Optimizer):
    """torch.optim.SparseAdam in one pass over memory, for tables float32[n, d] on the CPU with sparse gradients.

    Moments and values of a row stay as they are in steps whose gradient has no entry of it. The same whatever the
    threads.
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
        """Move the rows that have a gradient."""
        for group in self.param_groups:
            for table in group["params"]:
                if table.grad is None:
                    continue
                state = self.state[table]
                if not state:
                    state.update(step=0, exp_avg=torch.zeros_like(table), exp_avg_sq=torch.zeros_like(table))
                state["step"] += 1
                rows, gradients = _summed(table.grad)
                beta1, beta2 = group["betas"]
                rate = group["lr"] * math.sqrt(1 - beta2 ** state["step"]) / (1 - beta1 ** state["step"])
                numbers = np.array([rate, 1 - beta1, 1 - beta2, group["eps"]], np.float32)
                arrays = (tensor.detach().numpy() for tensor in (table, state["exp_avg"], state["exp_avg_sq"]))
                self._move(AdamTable(*arrays), rows, gradients, AdamStep(*numbers))

    def _move(self, table: AdamTable, rows: NDArray[np.int64], gradients: Rows, step: AdamStep) -> None:
        def block(cut: slice) -> None:
            adam_rows(table, rows[cut], gradients[cut], step)

        in_blocks(len(rows), BLOCK, self.threads, block)


def _summed(gradient: Tensor) -> tuple[NDArray[np.int64], Rows]:
    """Return rows, each once, and their gradients."""
    rows, values = gradient._indices()[0].numpy(), gradient._values()
    if not gradient.is_coalesced() and not _once(rows, gradient.shape[0]):
        gradient = gradient.coalesce()
        rows, values = gradient.indices()[0].numpy(), gradient.values()
    return rows, values.contiguous().numpy()


def _once(rows: NDArray[np.int64], n: int) -> bool:
    seen = np.zeros(n, np.bool_)
    seen[rows] = True
    return int(np.count_nonzero(seen)) == len(rows)
