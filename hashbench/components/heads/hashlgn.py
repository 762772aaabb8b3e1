"""HashLGN's hash and decoding functions: binary items, continuous users."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from hashbench.components.heads.base import CodedHead
from hashbench.components.heads.layer import straight_through
from hashbench.data.codes import Codes
from hashbench.protocols import FloatArray, Hashed, RunContext


@dataclass(frozen=True)
class HashLGN(CodedHead):
    """Ω(c; q) = f(q)ᵀ g(c), c = sign(MLP(item)), g(c) = α⊙max(c, 0) + β⊙min(c, 0) (HashLGN report, section 3.2).

    The MLP has three fully connected layers; α and β are not negative. Choices that the report leaves open: hidden
    layers are as wide as the embedding, with ReLU; f is one fully connected layer; the sign has the gradient of tanh;
    α = β = 1 at the start. A user's embedding is f(q) and an item's is g(c), so float search and asymmetric search
    give the same scores. A user's code, for search by Hamming distance, is sign(f(q)).
    """

    name: ClassVar[str] = "hashlgn"
    retriever: ClassVar[str | None] = "asymmetric"

    def build(self, dim: int, ctx: RunContext) -> HashLGNLayer:
        """Return a fresh layer."""
        return HashLGNLayer(self, dim, ctx)


class HashLGNLayer(nn.Module):
    """The loss sees f(q) and g(c)."""

    def __init__(self, head: HashLGN, dim: int, ctx: RunContext) -> None:
        super().__init__()
        rng = ctx.torch_rng("hashlgn")
        self.hidden = nn.ModuleList([_linear(dim, dim, rng) for _ in range(2)])
        self.last, self.compression = (_linear(dim, head.bits, rng) for _ in range(2))
        # softplus keeps both positive, and is 1 at this value.
        self.alpha, self.beta = (nn.Parameter(torch.full((head.bits,), math.log(math.e - 1))) for _ in range(2))

    def values(self, items: Tensor) -> Tensor:
        """Return z float[n, n_bits], whose signs are the items' codes."""
        for layer in self.hidden:
            items = F.relu(layer(items))
        z: Tensor = self.last(items)
        return z

    def relax(self, users: Tensor, items: Tensor, progress: float, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        """Return f(q) and g(c), with straight-through gradients of the sign."""
        c = straight_through(self.values(items))
        g = F.softplus(self.alpha) * c.clamp(min=0) + F.softplus(self.beta) * c.clamp(max=0)
        return self.compression(users), g

    def schedule(self, progress: float) -> None:
        """Return None: nothing is annealed."""
        return

    def harden(self) -> HashLGNHasher:
        """Return the current hash functions."""
        layers = [_to_numpy(layer) for layer in (*self.hidden, self.last)]
        bit_values = torch.stack([-F.softplus(self.beta), F.softplus(self.alpha)]).detach().cpu().numpy()
        return HashLGNHasher(layers, _to_numpy(self.compression), bit_values)


Affine = tuple[FloatArray, FloatArray]
"""Weight float32[n_out, n_in] and bias float32[n_out]."""


@dataclass(frozen=True, eq=False)
class HashLGNHasher:
    """The items' layers, the users' layer, and the values that a 0 and a 1 of each bit stand for."""

    layers: list[Affine]
    compression: Affine
    bit_values: FloatArray

    def hash_users(self, embeddings: FloatArray) -> Hashed:
        """Compress float32[n, dim]."""
        compressed = _apply(self.compression, embeddings)
        return Hashed(Codes.from_signs(compressed), compressed, self.bit_values)

    def hash_items(self, embeddings: FloatArray) -> Hashed:
        """Hash float32[n, dim]."""
        *hidden, last = self.layers
        for layer in hidden:
            embeddings = np.maximum(_apply(layer, embeddings), 0)
        z = _apply(last, embeddings)
        decoded = np.where(z >= 0, self.bit_values[1], self.bit_values[0])
        return Hashed(Codes.from_signs(z), decoded, self.bit_values)


def _linear(n_in: int, n_out: int, rng: torch.Generator) -> nn.Linear:
    layer = nn.Linear(n_in, n_out)
    bound = (6 / (n_in + n_out)) ** 0.5
    with torch.no_grad():
        layer.weight.copy_((2 * torch.rand(n_out, n_in, generator=rng) - 1) * bound)
        layer.bias.zero_()
    return layer


def _to_numpy(layer: nn.Module) -> Affine:
    assert isinstance(layer, nn.Linear)
    weight, bias = (tensor.detach().cpu().numpy().copy() for tensor in (layer.weight, layer.bias))
    return weight, bias


def _apply(layer: Affine, x: FloatArray) -> FloatArray:
    weight, bias = layer
    outputs: FloatArray = x @ weight.T + bias
    return outputs
