"""HashGNN's fully connected hash layer, shared by the learned heads. Each head brings its own relaxation."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn

from hashbench.components.heads.base import CodedHead
from hashbench.components.heads.batch_norm import BatchNorm
from hashbench.data.codes import Codes
from hashbench.protocols import FloatArray, Hashed, RunContext


@dataclass(frozen=True)
class LearnedHead(CodedHead):
    """Base of the heads with this layer: their codes are sign(z), their embeddings tanh(z)."""

    scale: Annotated[float, Field(gt=0, description="factor on inner products of codes in the loss")] = 0.25
    batch_norm: Annotated[bool, Field(description="batch normalisation of z; if false, a plain bias")] = True
    separate_item_map: Annotated[
        bool, Field(description="items have their own map; by default users and items share one")
    ] = False


class LinearHashLayer(nn.Module):
    """z = BN(W^T u) (HashGNN, eq. 2, before its tanh). The code is sign(z) (eq. 3), the embedding tanh(z).

    BN is batch normalisation (Ioffe and Szegedy, ICML 2015), whose shift is the paper's bias b. `batch_norm=false`
    keeps the bias alone, as in the paper. But then z may be so near to 0 that a step flips most bits, or so large that
    tanh passes no gradient. Normalised, each bit starts balanced and stays within reach of the gradient.

    A subclass defines `relaxed`, the relaxation that replaces the code in the loss. Inner products of ±1 codes reach
    ±n_bits and would saturate the loss's sigmoid, so `relax` scales them by `scale`.
    """

    def __init__(self, head: LearnedHead, dim: int, ctx: RunContext) -> None:
        super().__init__()
        self.users = LinearMap(dim, head.bits, head.batch_norm, "hash layer", ctx)
        self.separate_item_map: LinearMap | None = None
        if head.separate_item_map:
            self.separate_item_map = LinearMap(dim, head.bits, head.batch_norm, "hash layer of items", ctx)
        self.root_scale = math.sqrt(head.scale)

    def relax(self, users: Tensor, items: Tensor, progress: float, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        """Return the scaled relaxed codes: float[n, n_bits] each."""
        if self.separate_item_map is None:
            z = self.users(torch.cat([users, items]))
        else:
            z = torch.cat([self.users(users), self.separate_item_map(items)])
        relaxed = self.relaxed(z, progress, rng) * self.root_scale
        return relaxed[: len(users)], relaxed[len(users) :]

    def relaxed(self, z: Tensor, progress: float, rng: torch.Generator) -> Tensor:
        """Return the relaxed code, with values in [-1, 1]."""
        raise NotImplementedError

    def schedule(self, progress: float) -> float | None:
        """Return the annealed value; None if there is none."""
        return None

    def harden(self) -> LinearHasher:
        """Return the current hash functions."""
        users = self.users.folded()
        return LinearHasher(users, users if self.separate_item_map is None else self.separate_item_map.folded())


class LinearMap(nn.Module):
    """u ↦ BN(W^T u), or W^T u + b."""

    def __init__(self, dim: int, n_bits: int, batch_norm: bool, purpose: str, ctx: RunContext) -> None:
        super().__init__()
        bound = (6 / (dim + n_bits)) ** 0.5
        uniform = torch.rand(dim, n_bits, generator=ctx.torch_rng(purpose))
        self.weight = nn.Parameter((2 * uniform - 1) * bound)
        self.norm: BatchNorm | Bias = BatchNorm(n_bits) if batch_norm else Bias(n_bits)

    def forward(self, embeddings: Tensor) -> Tensor:
        """Return z: float[n, n_bits]."""
        z: Tensor = self.norm(embeddings @ self.weight)
        return z

    def folded(self) -> Affine:
        """Return weight and bias with the normalisation folded in."""
        weight, bias = self.weight.detach(), self.norm.bias.detach()
        if isinstance(self.norm, BatchNorm):
            gain = self.norm.gain().detach()
            weight, bias = weight * gain, bias - self.norm.running_mean * gain
        return weight.cpu().numpy().copy(), bias.cpu().numpy().copy()


class Bias(nn.Module):
    """Addition of `bias` float[n_bits]."""

    def __init__(self, n_bits: int) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(n_bits))

    def forward(self, values: Tensor) -> Tensor:
        """Add the bias."""
        return values + self.bias


Affine = tuple[FloatArray, FloatArray]
"""Weight float32[dim, n_bits] and bias float32[n_bits]."""


@dataclass(frozen=True, eq=False)
class LinearHasher:
    """sign and tanh of a linear map, one for users and one for items."""

    users: Affine
    items: Affine

    def hash_users(self, embeddings: FloatArray) -> Hashed:
        """Hash float32[n, dim]."""
        return _hash(self.users, embeddings)

    def hash_items(self, embeddings: FloatArray) -> Hashed:
        """Hash float32[n, dim]."""
        return _hash(self.items, embeddings)


def _hash(affine: Affine, embeddings: FloatArray) -> Hashed:
    weight, bias = affine
    z = embeddings @ weight + bias
    return Hashed(Codes.from_signs(z), np.tanh(z))


def straight_through(z: Tensor, soft: Callable[[Tensor], Tensor] = torch.tanh) -> Tensor:
    """Return sign(z), with the gradient of soft(z) (straight-through estimator; HashGNN, eq. 3).

    The paper's z is the output of tanh, to which the code's gradient is copied.
    """
    return with_gradient_of(soft(z), signs(z))


def signs(z: Tensor) -> Tensor:
    """Return 1 for z ≥ 0, otherwise -1, without a gradient."""
    return z.detach().ge(0).to(z.dtype).mul_(2).sub_(1)


def with_gradient_of(soft: Tensor, hard: Tensor) -> Tensor:
    """Return `hard`, and pass its gradient to `soft` unchanged."""
    straight: Tensor = _WithGradientOf.apply(soft, hard)  # type: ignore[no-untyped-call]
    return straight


class _WithGradientOf(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, soft: Tensor, hard: Tensor) -> Tensor:
        return hard.view_as(hard)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        return gradient, None
