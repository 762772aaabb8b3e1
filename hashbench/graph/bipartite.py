"""The bipartite graph of training interactions, and its three normalised propagations."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from hashbench.data.interactions import Interactions
from hashbench.graph.layers import mean_of_layers
from hashbench.graph.propagation import Adjacency, Precision, neighbour_sum


@dataclass(frozen=True, eq=False)
class BipartiteGraph:
    """Users 0…n_users-1 and items n_users…n_nodes-1; every interaction is an edge both ways, so A is symmetric.

    Degree factors are folded into the node features, so that one kernel, the plain sum over neighbours, serves all.
    """

    interactions: Interactions
    device: str = "cpu"
    threads: int = 1
    precision: Precision = "float32"

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

    def sum_neighbours(self, x: Tensor, rows: Tensor | None = None) -> Tensor:
        """A x: the sum over a node's neighbours. x float[n_nodes, d]; with `rows`, those nodes' alone, each once."""
        return neighbour_sum(self._adjacency, x, rows)

    def mean_with_self(self, x: Tensor, rows: Tensor | None = None) -> Tensor:
        """MEAN({x_i} ∪ {x_j : j ∈ N(i)}) (HashGNN, eq. 1)."""
        return (self.sum_neighbours(x, rows) + _at(x, rows)) / (_at(self.degrees, rows) + 1)

    def symmetric_with_self(self, x: Tensor, rows: Tensor | None = None) -> Tensor:
        """(D+I)^-½ (A+I) (D+I)^-½ x (Kipf and Welling, eq. 2)."""
        factor = (self.degrees + 1).rsqrt()
        scaled = factor * x
        return _at(factor, rows) * (self.sum_neighbours(scaled, rows) + _at(scaled, rows))

    def mean_of_layers(self, x: Tensor, layers: int, rows: Tensor | None = None) -> Tensor:
        """Σ (D^-½ A D^-½)^k x / (K+1), k = 0…K (LightGCN, eq. 3 and 4); a node without neighbours keeps x / (K+1)."""
        return mean_of_layers(self._adjacency, self.degrees.clamp(min=1), x, layers, rows)

    @cached_property
    def _adjacency(self) -> Adjacency:
        return Adjacency(self.interactions, self.device, self.threads, self.precision)


def _at(x: Tensor, rows: Tensor | None) -> Tensor:
    return x if rows is None else F.embedding(rows, x)
