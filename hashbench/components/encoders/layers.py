"""Parts of encoders: the table of free embeddings, and convolutions with a weight matrix per layer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Protocol

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from hashbench.errors import BadParameter
from hashbench.graph.bipartite import BipartiteGraph
from hashbench.graph.blocks import Block, SampledBlock
from hashbench.protocols import RunContext

Normalize = Annotated[bool, Field(description="divide embeddings by their length, so that inner products are cosines")]


class TableParameters(Protocol):
    """Parameters of encoders with a table of embeddings."""

    @property
    def dim(self) -> int:
        """Length of the embeddings."""

    @property
    def init_std(self) -> float:
        """Standard deviation of the initial table."""

    @property
    def l2(self) -> float:
        """Weight of the regularisation of the table."""

    @property
    def normalize(self) -> bool:
        """Whether embeddings are divided by their length."""


class TableEncoder(nn.Module):
    """Base of node encoders whose layer 0 is a table of free embeddings: float[n_nodes, dim] from N(0, init_std²)."""

    def __init__(self, graph: BipartiteGraph, parameters: TableParameters, layers: int, ctx: RunContext) -> None:
        super().__init__()
        table = torch.randn(graph.n_nodes, parameters.dim, generator=ctx.torch_rng("embeddings"))
        self.embedding = nn.Parameter(table.mul_(parameters.init_std))
        self.dim, self.l2, self.normalize = parameters.dim, parameters.l2, parameters.normalize
        self.graph, self.layers = graph, layers

    def embed(self, nodes: Tensor | None) -> Tensor:
        """Return float[n_nodes, dim], or the rows of the given nodes. A subclass defines this; `forward` normalises."""
        raise NotImplementedError

    def propagate(self, rows: Tensor, blocks: Sequence[SampledBlock]) -> Tensor:
        """Return what `embed` returns for the nodes that the last block writes; the first block reads `rows`."""
        raise NotImplementedError

    def forward(self, nodes: Tensor | None = None) -> Tensor:
        """Return float[n_nodes, dim], or the rows of the given nodes."""
        embeddings = self.embed(nodes)
        return F.normalize(embeddings, dim=-1) if self.normalize else embeddings

    def sampled(self, nodes: Tensor, fan_outs: Sequence[int], seed: int) -> Tensor:
        """Return the rows of the given nodes from sampled neighbourhoods. The table's gradient is sparse."""
        per_layer = list(fan_outs) * self.layers if len(fan_outs) == 1 else list(fan_outs)
        if len(per_layer) != self.layers:
            raise BadParameter(
                f"fan_outs has {len(per_layer)} numbers, but the encoder {self.layers} propagations; give one for each"
            )
        blocks = self.graph.sampled_blocks(per_layer, nodes, seed)
        first = torch.from_numpy(blocks[0].sample.nodes).to(nodes.device) if blocks else nodes
        embeddings = self.propagate(F.embedding(first, self.embedding, sparse=True), blocks)
        return F.normalize(embeddings, dim=-1) if self.normalize else embeddings

    def ego(self) -> Tensor:
        """Return layer 0."""
        return self.embedding


class ConvolutionEncoder(TableEncoder):
    """u^l = ReLU(P u^(l-1) W^l), where P is `propagation`; the last layer has no ReLU."""

    def __init__(
        self,
        propagation: Callable[[Block, Tensor], Tensor],
        graph: BipartiteGraph,
        parameters: TableParameters,
        layers: int,
        ctx: RunContext,
    ) -> None:
        super().__init__(graph, parameters, layers, ctx)
        dim = parameters.dim
        self.weights = nn.ParameterList([weight_matrix(dim, dim, f"weights {layer}", ctx) for layer in range(layers)])
        self.propagation = propagation

    def embed(self, nodes: Tensor | None) -> Tensor:
        """Convolve. The last layer is computed for the given nodes only."""
        return self.propagate(self.embedding, self.graph.blocks(self.layers, nodes))

    def propagate(self, rows: Tensor, blocks: Sequence[Block]) -> Tensor:
        """Convolve block by block."""
        *hidden, last = zip(blocks, self.weights, strict=True)
        u = rows
        for block, weight in hidden:
            u = torch.relu_(self.propagation(block, u) @ weight)
        embeddings: Tensor = self.propagation(last[0], u) @ last[1]
        return embeddings


def weight_matrix(n_in: int, n_out: int, purpose: str, ctx: RunContext) -> nn.Parameter:
    """Return float[n_in, n_out] from Glorot's uniform distribution."""
    bound = (6 / (n_in + n_out)) ** 0.5
    uniform = torch.rand(n_in, n_out, generator=ctx.torch_rng(purpose))
    return nn.Parameter((2 * uniform - 1) * bound)
