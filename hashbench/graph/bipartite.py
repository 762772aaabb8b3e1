"""The bipartite graph of training interactions, and propagations over all of it or over samples."""

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
    """Nodes are the users 0…n_users-1 and the items n_users…n_nodes-1; A is symmetric, with an edge per interaction.

    Factors of degrees are applied before and after a sum, so that one kernel, the sum over neighbours, serves all
    normalisations. `precision` is that of the values that are summed; `threads` are those of the sums on the CPU.
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
        """Number of users and items together."""
        return self.n_users + self.n_items

    @cached_property
    def degrees(self) -> Tensor:
        """Number of neighbours of each node: float[n_nodes, 1]."""
        items = np.bincount(self.interactions.indices, minlength=self.n_items)
        degrees = np.concatenate([self.interactions.counts, items])
        return torch.from_numpy(degrees.astype(np.float32)).to(self.device)[:, None]

    def blocks(self, layers: int, nodes: Tensor | None = None) -> list[Block]:
        """Return one propagation over the whole graph per layer.

        The last one is to the distinct `nodes` int64[n] alone, or to all nodes.
        """
        if layers == 0:
            return []
        full = FullBlock(self._adjacency, self.degrees)
        return [*[full] * (layers - 1), FullBlock(self._adjacency, self.degrees, nodes)]

    def sampled_blocks(self, fan_outs: Sequence[int], nodes: Tensor, seed: int) -> list[SampledBlock]:
        """Return propagations over sampled neighbours, the last of which is to the distinct `nodes` int64[n].

        The last one samples at most `fan_outs[0]` neighbours per node, the one before it `fan_outs[1]`, and so on.
        """
        blocks: list[SampledBlock] = []
        dst_nodes = nodes.cpu().numpy()
        for depth, fan_out in enumerate(fan_outs):
            sample = self._sampler.sample(dst_nodes, fan_out, seed + depth)
            degrees = self.degrees[torch.from_numpy(sample.nodes).to(self.device)]
            blocks.append(SampledBlock(sample, degrees, self.threads, compiled=self.device == "cpu"))
            dst_nodes = sample.nodes
        return blocks[::-1]

    def mean_of_layers(self, x: Tensor, layers: int, rows: Tensor | None = None) -> Tensor:
        """Return Σ (D^-½ A D^-½)^k x / (K+1), k = 0…K (LightGCN, eq. 3 and 4), or its `rows` int64[n], each once.

        A node without neighbours keeps x / (K+1).
        """
        return mean_of_layers(self._adjacency, self.degrees.clamp(min=1), x, layers, rows)

    @cached_property
    def _adjacency(self) -> Adjacency:
        return Adjacency(self.interactions, self.device, self.threads, self.precision)

    @cached_property
    def _sampler(self) -> NeighbourSampler:
        return NeighbourSampler(*self._adjacency.lists, self.threads)
