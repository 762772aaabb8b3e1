"""The bipartite graph of training interactions, and its three normalised propagations."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from hashbench.data.interactions import Interactions
from hashbench.graph.propagation import neighbour_sum

if TYPE_CHECKING:
    from hashbench.graph.propagation import NeighbourSum


@dataclass(frozen=True, eq=False)
class BipartiteGraph:
    """Users 0…n_users-1 and items n_users…n_nodes-1; every interaction is an edge both ways, so A is symmetric.

    Degree factors are folded into the node features, so that one kernel, the plain sum over neighbours, serves all.
    """

    interactions: Interactions
    device: str = "cpu"

    @property
    def n_users(self) -> int:
        """Number of users."""
        return self.interactions.n_users

    @property
    def n_items(self) -> int:
        """Number of items."""
        return self.interactions.n_items

    @property
    def n_nodes(self) -> int:
        """Users and items together."""
        return self.n_users + self.n_items

    @cached_property
    def degrees(self) -> Tensor:
        """Number of neighbours: float[n_nodes, 1]."""
        items = np.bincount(self.interactions.indices, minlength=self.n_items)
        degrees = np.concatenate([self.interactions.counts, items])
        return torch.from_numpy(degrees.astype(np.float32)).to(self.device)[:, None]

    def sum_neighbours(self, x: Tensor) -> Tensor:
        """A x: the sum over a node's neighbours. x float[n_nodes, d]."""
        return self._sum(x)

    def mean_with_self(self, x: Tensor) -> Tensor:
        """MEAN({x_i} ∪ {x_j : j ∈ N(i)}) (HashGNN, eq. 1)."""
        return (self.sum_neighbours(x) + x) / (self.degrees + 1)

    def symmetric(self, x: Tensor) -> Tensor:
        """D^-½ A D^-½ x (LightGCN, eq. 3); a node without neighbours gets 0."""
        factor = self.degrees.clamp(min=1).rsqrt()
        return factor * self.sum_neighbours(factor * x)

    def symmetric_with_self(self, x: Tensor) -> Tensor:
        """(D+I)^-½ (A+I) (D+I)^-½ x (Kipf and Welling, eq. 2)."""
        factor = (self.degrees + 1).rsqrt()
        scaled = factor * x
        return factor * (self.sum_neighbours(scaled) + scaled)

    @cached_property
    def _sum(self) -> NeighbourSum:
        return neighbour_sum(self.interactions, self.device)
