"""Which optimizer updates which weights of a model."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from hashbench.training.model import Model
from hashbench.training.options import TrainingOptions
from hashbench.training.row_adam import RowAdam
from hashbench.training.state import OptimizerState


class Optimizers:
    """Adam for all weights of a model; for a table with sparse gradients, Adam for the rows that a step reads."""

    def __init__(self, model: Model, options: TrainingOptions, threads: int) -> None:
        self._optimizers = list(_optimizers(model, options, threads))

    def step(self) -> None:
        """Update all weights by their gradients."""
        for optimizer in self._optimizers:
            optimizer.step()

    def state(self) -> OptimizerState:
        """Return the state of all optimizers; its tensors are those that the next step changes."""
        return {
            first + number: values
            for optimizer, first in self._numbered()
            for number, values in optimizer.state_dict()["state"].items()
        }

    def load_state(self, state: OptimizerState) -> None:
        """Take up a state that an equal model's optimizers returned."""
        for optimizer, first in self._numbered():
            groups = optimizer.state_dict()["param_groups"]
            numbers = [number for group in groups for number in group["params"]]
            own = {number: state[first + number] for number in numbers if first + number in state}
            optimizer.load_state_dict({"state": own, "param_groups": groups})

    def _numbered(self) -> Iterator[tuple[torch.optim.Optimizer, int]]:
        """Yield each optimizer and the number of its first weight, counting through all optimizers."""
        first = 0
        for optimizer in self._optimizers:
            yield optimizer, first
            first += sum(len(group["params"]) for group in optimizer.param_groups)


def _optimizers(model: Model, options: TrainingOptions, threads: int) -> Iterator[torch.optim.Optimizer]:
    table = model.sparse_table
    if table is not None:
        if table.device.type == "cpu":
            yield RowAdam([table], options.lr, threads=threads)
        else:
            yield torch.optim.SparseAdam([table], lr=options.lr)
    dense = [weight for weight in model.parameters() if weight is not table]
    if dense:
        yield torch.optim.Adam(dense, lr=options.lr, fused=True)
