"""How a model is trained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import Field


@dataclass(frozen=True)
class TrainingOptions:
    """Adam over shuffled interactions; the weights of the best validated epoch are kept."""

    name: ClassVar[str] = "training"

    epochs: Annotated[int, Field(ge=1, description="passes over the training interactions")] = 60
    batch_size: Annotated[int, Field(ge=1, description="interactions a step")] = 8192
    lr: Annotated[float, Field(gt=0, description="learning rate of Adam")] = 0.01
    patience: Annotated[
        int,
        Field(
            ge=1, description="epochs without a better validation before stopping; a head that anneals goes to the end"
        ),
    ] = 10
    valid_k: Annotated[
        int, Field(ge=1, description="k of the validation HR@k that epochs are chosen by, at most a tenth of the items")
    ] = 50
    precision: Annotated[
        Literal["float32", "bfloat16"],
        Field(description="of what neighbours hand on in a propagation; sums and weights are always float32"),
    ] = "float32"
    float_weight: Annotated[
        float,
        Field(
            ge=0,
            description="weight of the objective on the encoder's own embeddings, which then rank candidates again in "
            "the place of the head's; 0 for none",
        ),
    ] = 0.0
