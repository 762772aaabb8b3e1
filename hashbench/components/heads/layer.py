"""The fully connected hash layer of HashGNN, which the learned heads share; each brings its own relaxation."""

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
    """Base of the heads that are trained: their codes are sign(z), their embeddings tanh(z)."""

    scale: Annotated[float, Field(gt=0, description="factor on inner products of codes in the loss")] = 0.25
    batch_norm: Annotated[bool, Field(description="batch normalisation of z; without it a plain bias")] = True
    separate_item_map: Annotated[
        bool, Field(description="items have a map of their own; by default users' and items' is one")
    ] = False


class LinearHashLayer(nn.Module):
    """z = BN(W^T u) (HashGNN, eq. 2, before its tanh); the code is sign(z) (eq. 3), the embedding tanh(z).

    BN is batch normalisation (Ioffe and Szegedy, ICML 2015), whose shift is the paper's bias b; `batch_norm=false`
    leaves the bias alone, as the paper has it. Then z may lie so near to 0 that a step flips most bits, or so far that
    tanh passes no gradient; normalised, each bit is balanced at first and stays where gradients reach it.

    A subclass defines `relaxed`, what stands for the code in the loss. Inner products of ±1 codes reach ±n_bits and
    would saturate the sigmoid of the loss, so `relax` scales them by `scale`.
    """

    def __init__(self, head: LearnedHead, dim: int, ctx: RunContext) -> None:
        super().__init__()
        self.users = LinearMap(dim, head.bits, head.batch_norm, "hash layer", ctx)
        self.separate_item_map: LinearMap | None = None
        if head.separate_item_map:
            self.separate_item_map = LinearMap(dim, head.bits, head.batch_norm, "hash layer of items", ctx)
        self.root_scale = math.sqrt(head.scale)

    def relax(self, users: Tensor, items: Tensor, progress: float, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        """Return the scaled stand-ins of the codes: float[n, n_bits] each."""
        if self.separate_item_map is None:
            z = self.users(torch.cat([users, items]))
        else:
            z = torch.cat([self.users(users), self.separate_item_map(items)])
        relaxed = self.relaxed(z, progress, rng) * self.root_scale
        return relaxed[: len(users)], relaxed[len(users) :]

    def relaxed(self, z: Tensor, progress: float, rng: torch.Generator) -> Tensor:
        """Return the stand-in of the code, values in [-1, 1]."""
        raise NotImplementedError

    def schedule(self, progress: float) -> float | None:
        """Return the annealed value."""
        return None

    def harden(self) -> LinearHasher:
        """Return the hash functions as they stand."""
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
        """Return weight and bias with the normalisation in them."""
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
        """Add it."""
        return values + self.bias


Affine = tuple[FloatArray, FloatArray]
"""Weight float32[dim, n_bits] and bias float32[n_bits]."""


@dataclass(frozen=True, eq=False)
class LinearHasher:
    """sign and tanh of a linear map of users, and of one of items."""

    users: Affine
    items: Affine

    def hash_users(self, embeddings: FloatArray) -> Hashed:
        """Hash float32[n, dim]."""
        return _hash(self.users, embeddings)

    def hash_items(self, embeddings: FloatArray) -> Hashed:
        """Hash float32[n, dim]."""
        return _hash(self.items, embeddings)


def _hash(by: Affine, embeddings: FloatArray) -> Hashed:
    weight, bias = by
    z = embeddings @ weight + bias
    return Hashed(Codes.from_signs(z), np.tanh(z))


def straight_through(z: Tensor, soft: Callable[[Tensor], Tensor] = torch.tanh) -> Tensor:
    """Return sign(z) forward and the gradient of soft(z) backward (straight-through estimator; HashGNN, eq. 3).

    The paper's z is the output of tanh, to which the gradient of the code is copied.
    """
    return in_place_of(soft(z), signs(z))


def signs(z: Tensor) -> Tensor:
    """Return 1 where z ≥ 0 and -1 elsewhere, without a gradient."""
    return z.detach().ge(0).to(z.dtype).mul_(2).sub_(1)


def in_place_of(soft: Tensor, hard: Tensor) -> Tensor:
    """Return `hard`, whose gradient goes to `soft` as it is."""
    found: Tensor = _InPlaceOf.apply(soft, hard)  # type: ignore[no-untyped-call]
    return found


class _InPlaceOf(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, soft: Tensor, hard: Tensor) -> Tensor:
        return hard.view_as(hard)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        return gradient, None
