"""Item-based nearest neighbours by cosine similarity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from hashbench.components.encoders.history import by_history, item_gram
from hashbench.data.interactions import Interactions
from hashbench.protocols import Embeddings, RunContext


@dataclass(frozen=True)
class ItemKNN:
    """Cosine similarity of items, limited to each item's nearest neighbours (Deshpande and Karypis, TOIS 2004).

    An item's score is the sum of its similarities to those of its neighbours that the user has interacted with. All
    neighbours as similar as the last one are kept.
    """

    name: ClassVar[str] = "item_knn"

    neighbours: Annotated[int, Field(ge=1, description="neighbours per item")] = 100

    def fit(self, train: Interactions, ctx: RunContext) -> Embeddings:
        """Return users' histories and the items' similarities. Raises `RunFailed` if there are too many items."""
        cosine = item_gram(train, self.name)
        norms = np.sqrt(np.maximum(np.diag(cosine), 1.0))
        cosine /= norms[:, None]
        cosine /= norms
        np.fill_diagonal(cosine, 0.0)
        if self.neighbours < train.n_items:
            last = train.n_items - self.neighbours
            cosine[cosine < np.partition(cosine, last, axis=0)[last]] = 0.0
        return by_history(train, cosine)
