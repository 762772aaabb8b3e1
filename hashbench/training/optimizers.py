"""Which optimiser moves which weights."""

from __future__ import annotations

import torch

from hashbench.training.model import Model
from hashbench.training.options import TrainingOptions
from hashbench.training.row_adam import RowAdam


def optimizers(model: Model, options: TrainingOptions, threads: int) -> list[torch.optim.Optimizer]:
    """Return Adam of all weights; of a table that is read in samples, Adam of the rows read in a step."""
    weights, table = list(model.parameters()), model.table
    if table is None:
        return [torch.optim.Adam(weights, lr=options.lr, fused=True)]
    others = [one for one in weights if one is not table]
    rows: torch.optim.Optimizer
    if table.device.type == "cpu":
        rows = RowAdam([table], options.lr, threads=threads)
    else:
        rows = torch.optim.SparseAdam([table], lr=options.lr)
    return [rows, torch.optim.Adam(others, lr=options.lr, fused=True)] if others else [rows]
