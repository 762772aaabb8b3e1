"""Codes that rank as the embeddings do."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn
from torch.optim.lr_scheduler import LinearLR

from hashbench.components.heads.base import CodedHead
from hashbench.components.heads.layer import Affine, LinearMap, straight_through
from hashbench.data.codes import Codes
from hashbench.data.interactions import Interactions
from hashbench.protocols import Embeddings, FloatArray, Hashed, RunContext

TINY = 1e-12


@dataclass(frozen=True)
class Distilled(CodedHead):
    """sign(BN(Wᵀ [e, relu(Vᵀ e + v)])) for each side, taught by the scores of the embeddings e it is given.

    The loss is the cross-entropy between two softmaxes over items, of a user's inner products of embeddings and of
    those of codes (ListNet's top-one probabilities: Cao et al., ICML 2007, eqs. 3 and 4; with a model's scores as the
    judgement it is the distillation of Hinton et al., 2015, section 2), straight through the sign with the gradient of
    softsign, which reaches further than tanh's: on ml-1m's validation 1 % better. The embeddings stay as they are, to
    re-rank by.
    """

    name: ClassVar[str] = "distilled"

    hidden: Annotated[int, Field(ge=0, description="values of the hidden layer of each side")] = 512
    temperature: Annotated[
        float, Field(gt=0, description="of the embeddings' softmax, in standard deviations of the user's scores")
    ] = 0.3
    steps: Annotated[int, Field(ge=1, description="steps of Adam")] = 1500
    lr: Annotated[float, Field(gt=0, description="learning rate at the first step; it falls to 2 % of it")] = 0.015
    users: Annotated[int, Field(ge=1, description="users a step")] = 1024
    items: Annotated[int, Field(ge=2, description="items a step, drawn where there are more")] = 4096

    def fit(self, embeddings: Embeddings, train: Interactions, ctx: RunContext) -> DistilledHasher:
        """Learn the two maps."""
        users, items = (torch.from_numpy(side).to(ctx.device) for side in (embeddings.users, embeddings.items))
        of_users, of_items = (
            _Map(side, self, name, ctx).to(ctx.device) for side, name in ((users, "users"), (items, "items"))
        )
        # Inner products of random codes deviate by √n_bits.
        log_scale = nn.Parameter(torch.tensor(-math.log(self.bits) / 2, device=ctx.device))
        optimizer = torch.optim.Adam([*of_users.parameters(), *of_items.parameters(), log_scale], lr=self.lr)
        falling = LinearLR(optimizer, start_factor=1.0, end_factor=0.02, total_iters=self.steps)
        rng = ctx.torch_rng("distilled steps", ctx.device)
        for _ in range(self.steps):
            asked, offered = _drawn(len(users), self.users, rng), _drawn(len(items), self.items, rng)
            asking, offering = of_users(users[asked]), of_items(items[offered])
            given = straight_through(asking, F.softsign) @ straight_through(offering, F.softsign).T
            scores = users[asked] @ items[offered].T
            spread = scores.std(1, correction=0, keepdim=True).clamp(min=TINY)
            wanted = torch.softmax(scores / (spread * self.temperature), 1)
            loss = F.cross_entropy(given * log_scale.exp(), wanted)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            falling.step()
        return DistilledHasher(of_users.folded(), of_items.folded())


class _Map(nn.Module):
    """z = BN(Wᵀ [e, relu(Vᵀ e + v)]); embeddings are standardised first, by all of their side."""

    mean: Tensor
    spread: Tensor

    def __init__(self, side: Tensor, head: Distilled, purpose: str, ctx: RunContext) -> None:
        super().__init__()
        dim = side.shape[1]
        self.register_buffer("mean", side.mean(0))
        self.register_buffer("spread", side.std(correction=0).clamp(min=TINY))
        self.hidden = LinearMap(dim, head.hidden, False, f"distilled hidden layer of {purpose}", ctx)
        self.last = LinearMap(dim + head.hidden, head.bits, True, f"distilled hash layer of {purpose}", ctx)

    def forward(self, embeddings: Tensor) -> Tensor:
        """Return z: float[n, n_bits]."""
        x = (embeddings - self.mean) / self.spread
        z: Tensor = self.last(torch.cat([x, F.relu(self.hidden(x))], 1))
        return z

    def folded(self) -> Layers:
        """Return what is added to each other, embeddings taken as they are."""
        mean: FloatArray = self.mean.cpu().numpy()
        spread = np.float32(self.spread.cpu())
        (hidden, shift), (last, bias) = self.hidden.folded(), self.last.folded()
        direct, indirect = last[: len(mean)] / spread, last[len(mean) :]
        hidden = hidden / spread
        return (hidden, shift - mean @ hidden), (direct, bias - mean @ direct), indirect


Layers = tuple[Affine, Affine, FloatArray]
"""The hidden layer, the direct one, and the weight float32[hidden, n_bits] of the hidden one's output."""


@dataclass(frozen=True, eq=False)
class DistilledHasher:
    """Signs of a linear map and a hidden layer's, of users and of items."""

    users: Layers
    items: Layers

    def hash_users(self, embeddings: FloatArray) -> Hashed:
        """Hash float32[n, dim]."""
        return _hash(self.users, embeddings)

    def hash_items(self, embeddings: FloatArray) -> Hashed:
        """Hash float32[n, dim]."""
        return _hash(self.items, embeddings)


def _hash(by: Layers, embeddings: FloatArray) -> Hashed:
    (hidden, shift), (direct, bias), indirect = by
    z = embeddings @ direct + bias + np.maximum(embeddings @ hidden + shift, 0) @ indirect
    return Hashed(Codes.from_signs(z), embeddings)


def _drawn(among: int, n: int, rng: torch.Generator) -> Tensor:
    """Return n distinct places among so many, in any order, or all."""
    if n >= among:
        return torch.arange(among, device=rng.device)
    return torch.randperm(among, generator=rng, device=rng.device)[:n]
