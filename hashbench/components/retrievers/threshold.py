"""Search for the items within a threshold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from hashbench.components.retrievers.asymmetric import Asymmetric
from hashbench.components.retrievers.base import BaseRetriever
from hashbench.components.retrievers.continuous import Continuous
from hashbench.components.retrievers.hamming import Hamming
from hashbench.data.interactions import Interactions
from hashbench.errors import BadParameter
from hashbench.protocols import FloatArray, Hashed, Index, Part, Ranking, RunContext, TiedIndex


@dataclass(frozen=True)
class Threshold(BaseRetriever):
    """Items within a Hamming radius, or whose inner product reaches a value (HashLGN, section 4.1.3: TIPS).

    Their number varies from query to query. A ranking holds the best k of them, or fewer.
    """

    name: ClassVar[str] = "threshold"
    shardable: ClassVar[bool] = True

    radius: Annotated[int | None, Field(ge=0, le=65_535, description="largest Hamming distance; or give at_least")] = (
        None
    )
    at_least: Annotated[float | None, Field(description="smallest inner product; or give radius")] = None
    codes: Annotated[bool, Field(description="inner products with the items' bit values, as in `asymmetric`")] = False

    def __post_init__(self) -> None:
        if (self.radius is None) == (self.at_least is None):
            got = "neither" if self.radius is None else "both"
            raise BadParameter(
                "retriever 'threshold' takes either radius (Hamming distance) or at_least (inner product), "
                f"got {got}; write threshold:radius=8, say"
            )
        if self.codes and self.at_least is None:
            raise BadParameter("retriever 'threshold' takes codes with at_least: a radius is always of codes")

    @property
    def needs(self) -> frozenset[Part]:
        """Codes for a radius, embeddings for inner products, both for inner products with codes."""
        if self.radius is not None:
            return frozenset({"codes"})
        return frozenset({"codes", "embeddings"} if self.codes else {"embeddings"})

    def build(self, items: Hashed, ctx: RunContext) -> ThresholdIndex:
        """Index the codes or the embeddings."""
        if self.radius is not None:
            return TiedThresholdIndex(Hamming().build(items, ctx), -self.radius)
        assert self.at_least is not None
        inner = Asymmetric() if self.codes else Continuous()
        return ThresholdIndex(inner.build(items, ctx), self.at_least)


@dataclass(frozen=True, eq=False)
class ThresholdIndex:
    """An exact index, and the lowest score within the threshold."""

    inner: Index
    min_score: float

    @property
    def nbytes(self) -> int:
        """Memory of the exact index."""
        return self.inner.nbytes

    def search(self, queries: Hashed, k: int, exclude: Interactions) -> Ranking:
        """Rank the best k as the exact index does, and drop the items below the threshold."""
        ranking = self.inner.search(queries, k, exclude)
        within = ranking.scores.astype(np.float64) >= self.min_score
        items, scores = np.where(within, ranking.items, -1), np.where(within, ranking.scores, -np.inf)
        return Ranking(items.astype(np.int32, copy=False), scores.astype(np.float32, copy=False))


@dataclass(frozen=True, eq=False)
class TiedThresholdIndex(ThresholdIndex):
    """A threshold index whose exact index counts ties. Items of one score lie all within the threshold, or none."""

    inner: TiedIndex

    def count_ties(
        self, queries: Hashed, scores: FloatArray, exclude: Interactions, relevant: Interactions
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Count as the exact index does."""
        return self.inner.count_ties(queries, scores, exclude, relevant)
