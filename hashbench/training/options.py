"""Options of a training: epochs, batches, learning rate, and what is sampled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from hashbench.errors import BadParameter


@dataclass(frozen=True)
class TrainingOptions:
    """Adam over shuffled interactions; the weights of the epoch with the best validation are kept."""

    name: ClassVar[str] = "training"

    epochs: Annotated[int, Field(ge=1, description="passes over the training interactions")] = 60
    batch_size: Annotated[int, Field(ge=1, description="interactions per step")] = 8192
    lr: Annotated[float, Field(gt=0, description="learning rate of Adam")] = 0.01
    patience: Annotated[
        int,
        Field(
            ge=1,
            description="epochs without a better validation before stopping; a head that anneals trains all epochs",
        ),
    ] = 10
    valid_k: Annotated[
        int,
        Field(ge=1, description="k of the HR@k that chooses the epoch, at most a tenth of the items"),
    ] = 50
    precision: Annotated[
        Literal["float32", "bfloat16"],
        Field(description="of the values that a propagation sums; sums and weights are always float32"),
    ] = "float32"
    fan_outs: Annotated[
        str,
        Field(
            pattern=r"^(all|[1-9]\d*(x[1-9]\d*)*)$",
            description="neighbours sampled per node, for graphs too large to go through in each step: 10, or 10x5 for "
            "two propagations, nearest first; a step updates only the embeddings it reads; or all neighbours",
        ),
    ] = "all"
    embedding_loss_weight: Annotated[
        float,
        Field(
            ge=0,
            description="weight of the objective on the encoder's own embeddings, which then re-rank candidates "
            "in place of the head's; 0 for none",
        ),
    ] = 0.0

    def __post_init__(self) -> None:
        if self.sampled and self.precision != "float32":
            raise BadParameter(f"fan_outs goes with precision float32, got {self.precision}")

    @property
    def sampled(self) -> tuple[int, ...]:
        """The fan-outs as numbers, nearest first; empty for all neighbours."""
        return () if self.fan_outs == "all" else tuple(int(number) for number in self.fan_outs.split("x"))
