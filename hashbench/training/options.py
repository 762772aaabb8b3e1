"""How a model is trained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

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
