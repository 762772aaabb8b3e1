"""What encoders are made of: the table of free embeddings, and convolutions with a weight matrix a layer."""

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

Normalize = Annotated[bool, Field(description="embeddings divided by their length, so that inner products are cosines")]


class TableParameters(Protocol):
    """What encoders with a table take."""

    @property
    def dim(self) -> int:
        """Length of the embeddings."""

    @property
    def init_std(self) -> float:
        """Standard deviation of the table at the start."""

    @property
    def l2(self) -> float:
        """Weight of the regularisation of the table."""

    @property
    def normalize(self) -> bool:
        """Whether embeddings are divided by their length."""


class TableEncoder(nn.Module):
    """Base of node encoders whose layer 0 is a table of free embeddings, float[n_nodes, dim] from N(0, spread²)."""

    def __init__(self, graph: BipartiteGraph, parameters: TableParameters, layers: int, ctx: RunContext) -> None:
        super().__init__()
        table = torch.randn(graph.n_nodes, parameters.dim, generator=ctx.torch_rng("embeddings"))
        self.embedding = nn.Parameter(table.mul_(parameters.init_std))
        self.dim, self.l2, self.normalize = parameters.dim, parameters.l2, parameters.normalize
        self.graph, self.layers = graph, layers

    def embed(self, nodes: Tensor | None) -> Tensor:
        """Return float[n_nodes, dim], or the given nodes' rows, of whatever length: what a subclass is for."""
        raise NotImplementedError

    def propagate(self, rows: Tensor, blocks: Sequence[SampledBlock]) -> Tensor:
        """Return what `embed` would of the nodes that the last hop writes; the first reads `rows` of the table."""
        raise NotImplementedError

    def forward(self, nodes: Tensor | None = None) -> Tensor:
        """Return float[n_nodes, dim], or the given nodes' rows."""
        embeddings = self.embed(nodes)
        return F.normalize(embeddings, dim=-1) if self.normalize else embeddings

    def sampled(self, nodes: Tensor, fan_outs: Sequence[int], seed: int) -> Tensor:
        """Return the given nodes' rows, from a sample of their neighbourhood; the table's gradient is sparse."""
        each = list(fan_outs) * self.layers if len(fan_outs) == 1 else list(fan_outs)
        if len(each) != self.layers:
            raise BadParameter(
                f"fan_outs has {len(each)} numbers, and the encoder {self.layers} propagations: give one for each"
            )
        blocks = self.graph.sampled_blocks(each, nodes, seed)
        first = torch.from_numpy(blocks[0].drawn.nodes).to(nodes.device) if blocks else nodes
        embeddings = self.propagate(F.embedding(first, self.embedding, sparse=True), blocks)
        return F.normalize(embeddings, dim=-1) if self.normalize else embeddings

    def ego(self) -> Tensor:
        """Return layer 0."""
        return self.embedding


class ConvolutionEncoder(TableEncoder):
    """u^l = ReLU(P u^(l-1) W^l), P being `propagation`; the last layer is linear, for what comes after it."""

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
        """Convolve; of the last layer, the given nodes alone."""
        return self.propagate(self.embedding, self.graph.blocks(self.layers, nodes))

    def propagate(self, rows: Tensor, blocks: Sequence[Block]) -> Tensor:
        """Convolve hop by hop."""
        *hidden, last = zip(blocks, self.weights, strict=True)
        u = rows
        for block, weight in hidden:
            u = torch.relu_(self.propagation(block, u) @ weight)
        embeddings: Tensor = self.propagation(last[0], u) @ last[1]
        return embeddings


def weight_matrix(n_in: int, n_out: int, purpose: str, ctx: RunContext) -> nn.Parameter:
    """Return float[n_in, n_out] drawn from Glorot's uniform distribution."""
    bound = (6 / (n_in + n_out)) ** 0.5
    uniform = torch.rand(n_in, n_out, generator=ctx.torch_rng(purpose))
    return nn.Parameter((2 * uniform - 1) * bound)
