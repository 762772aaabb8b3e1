"""The bipartite graph of training interactions, and propagations over the whole of it or over samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from hashbench.data.interactions import Interactions
from hashbench.graph.blocks import Block, FullBlock, SampledBlock
from hashbench.graph.layers import mean_of_layers
from hashbench.graph.propagation import Adjacency, Precision
from hashbench.graph.sampling import NeighbourSampler


@dataclass(frozen=True, eq=False)
class BipartiteGraph:
    """Users 0…n_users-1 and items n_users…n_nodes-1; every interaction is an edge both ways, so A is symmetric.

    Degree factors are applied before and after the sum, so that one kernel, the plain sum over neighbours, serves all.
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

    def blocks(self, layers: int, nodes: Tensor | None = None) -> list[Block]:
        """Return the propagations of so many layers, of which the last writes `nodes` alone, each given once."""
        if layers == 0:
            return []
        whole = FullBlock(self._adjacency, self.degrees)
        return [*[whole] * (layers - 1), FullBlock(self._adjacency, self.degrees, nodes)]

    def sampled_blocks(self, fan_outs: Sequence[int], nodes: Tensor, seed: int) -> list[SampledBlock]:
        """Return propagations over neighbours drawn by the seed, the last of which writes `nodes`, each given once.

        Of the last at most `fan_outs[0]` neighbours a node are drawn, of the one before `fan_outs[1]`, and so on.
        """
        blocks: list[SampledBlock] = []
        reached = nodes.cpu().numpy()
        for depth, fan_out in enumerate(fan_outs):
            drawn = self._sampler.sample(reached, fan_out, seed + depth)
            reached = drawn.nodes
            degrees = self.degrees[torch.from_numpy(reached).to(self.device)]
            blocks.append(SampledBlock(drawn, degrees, self.threads, compiled=self.device == "cpu"))
        return blocks[::-1]

    def mean_of_layers(self, x: Tensor, layers: int, rows: Tensor | None = None) -> Tensor:
        """Σ (D^-½ A D^-½)^k x / (K+1), k = 0…K (LightGCN, eq. 3 and 4); a node without neighbours keeps x / (K+1)."""
        return mean_of_layers(self._adjacency, self.degrees.clamp(min=1), x, layers, rows)

    @cached_property
    def _adjacency(self) -> Adjacency:
        return Adjacency(self.interactions, self.device, self.threads, self.precision)

    @cached_property
    def _sampler(self) -> NeighbourSampler:
        return NeighbourSampler(*self._adjacency.lists, self.threads)
