"""Spherical hashing: each bit says whether a vector lies inside a hypersphere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from hashbench.components.heads.base import CodedHead
from hashbench.data.codes import Codes
from hashbench.data.interactions import Interactions
from hashbench.protocols import Embeddings, FloatArray, Hashed, RunContext


@dataclass(frozen=True)
class Spherical(CodedHead):
    """Spherical hashing (Heo, Lee, He, Chang and Yoon, CVPR 2012): bit k is 1 inside the hypersphere (p_k, t_k).

    Pivots move by the repulsive and attractive forces of the paper's algorithm 1. They stop when every sphere holds
    half of a sample (t_k is the median distance to p_k) and each two spheres share a quarter of it. Fitted to users and
    items of a trained encoder together. Searched by plain Hamming distance, not by the paper's spherical one.
    """

    name: ClassVar[str] = "spherical"

    sample: Annotated[int, Field(ge=2, description="number of vectors that the spheres are fitted to")] = 4096
    rounds: Annotated[int, Field(ge=0, description="maximum number of iterations")] = 50
    mean_tolerance: Annotated[float, Field(gt=0, lt=1, description="ε_m: overlaps' mean error, over m/4")] = 0.10
    spread_tolerance: Annotated[float, Field(gt=0, lt=1, description="ε_s: overlaps' standard deviation, over m/4")] = (
        0.15
    )

    def fit(self, embeddings: Embeddings, train: Interactions, ctx: RunContext) -> SphericalHasher:
        """Fit the spheres (algorithm 1)."""
        rng = ctx.rng("spherical")
        vectors = np.concatenate([embeddings.users, embeddings.items])
        points = vectors[rng.permutation(len(vectors))[: self.sample]]
        # Each pivot starts as the mean of a few points, as in the authors' code. A sphere around one point is narrow.
        pivots = np.stack([points[rng.integers(0, len(points), 5)].mean(0) for _ in range(self.bits)])
        for _ in range(self.rounds):
            overlaps = _overlaps(points, pivots)
            target = len(points) / 4
            pairs = overlaps[np.triu_indices(self.bits, 1)]
            if pairs.size == 0 or (
                abs(pairs - target).mean() <= self.mean_tolerance * target
                and pairs.std() <= self.spread_tolerance * target
            ):
                break
            # f_{i←j} = ½ (o_ij - m/4) / (m/4) · (p_i - p_j), averaged over j.
            strength = 0.5 * (overlaps - target) / target
            np.fill_diagonal(strength, 0)
            forces = strength.sum(1)[:, None] * pivots - strength @ pivots
            pivots = (pivots + forces / self.bits).astype(np.float32)
        return SphericalHasher(pivots, np.median(_squared_distances(points, pivots), axis=0))


@dataclass(frozen=True, eq=False)
class SphericalHasher:
    """Spheres with `pivots` float32[n_bits, dim] and `squared_radii` float32[n_bits]."""

    pivots: FloatArray
    squared_radii: FloatArray

    def hash_users(self, embeddings: FloatArray) -> Hashed:
        """Hash float32[n, dim]."""
        inside = self.squared_radii - _squared_distances(embeddings, self.pivots)
        return Hashed(Codes.from_signs(inside), embeddings)

    def hash_items(self, embeddings: FloatArray) -> Hashed:
        """Hash float32[n, dim]: users and items share the spheres."""
        return self.hash_users(embeddings)


def _squared_distances(points: FloatArray, pivots: FloatArray) -> FloatArray:
    products = points @ pivots.T
    distances: FloatArray = (points**2).sum(1)[:, None] - 2 * products + (pivots**2).sum(1)
    return distances


def _overlaps(points: FloatArray, pivots: FloatArray) -> NDArray[np.float32]:
    """Count the points that two spheres share (o_ij), if each holds half of the points: float32[n_bits, n_bits]."""
    distances = _squared_distances(points, pivots)
    inside = (distances <= np.median(distances, axis=0)).astype(np.float32)
    overlaps: NDArray[np.float32] = inside.T @ inside
    return overlaps
