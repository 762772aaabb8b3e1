"""Encoder and hash layer as one module, which gives a batch's loss."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from hashbench.errors import BadParameter
from hashbench.protocols import Hasher, HashLayer, NodeEncoder, Objective, SampledEncoder
from hashbench.training.options import TrainingOptions
from hashbench.training.sampling import Batch
from hashbench.training.with_embeddings import WithEmbeddings


class Model(nn.Module):
    """What is trained, by which objective and options; of the encoder's nodes the first `n_users` are users."""

    def __init__(
        self, encoder: NodeEncoder, layer: HashLayer, objective: Objective, options: TrainingOptions, n_users: int
    ) -> None:
        super().__init__()
        self.encoder: Any = encoder
        self.layer: Any = layer
        self.objective, self.options, self.n_users = objective, options, n_users
        if options.sampled and not isinstance(encoder, SampledEncoder):
            raise BadParameter("this encoder cannot be trained on samples of neighbourhoods: leave out --fan-outs")

    def forward(self, batch: Batch, progress: float, noise: torch.Generator) -> Tensor:
        """Return the objective's loss of a batch, with the float and the L2 term."""
        sides = tuple(
            torch.from_numpy(nodes).to(noise.device)
            for nodes in (batch.users, batch.positives + self.n_users, batch.negatives + self.n_users)
        )
        # Only the nodes of the batch are embedded and hashed, each once. F.embedding and not x[nodes]: its gradient is
        # summed in a fixed order, whatever the threads.
        nodes, places = torch.unique(torch.cat([side.flatten() for side in sides]), return_inverse=True)
        parts = places.split([side.numel() for side in sides])
        rows = [part.view(side.shape) for part, side in zip(parts, sides, strict=True)]
        interacted_mask = (
            None if batch.interacted_mask is None else torch.from_numpy(batch.interacted_mask).to(noise.device)
        )
        embeddings = self._embedded(nodes, noise)
        n = int(torch.searchsorted(nodes, self.n_users))  # nodes are in order: users first
        relaxed = torch.cat(self.layer.relax(embeddings[:n], embeddings[n:], progress, noise))
        loss = self.objective.loss(*self._scores(relaxed, rows, interacted_mask))
        if self.options.embedding_loss_weight:
            loss = loss + self.options.embedding_loss_weight * self.objective.loss(
                *self._scores(embeddings, rows, interacted_mask)
            )
        if l2 := self.encoder.l2:
            times = torch.bincount(places, minlength=len(nodes)).float()
            if batch.of is not None:  # shared negatives count once for all shares of the batch
                times.index_add_(0, parts[2], times.new_full(parts[2].shape, len(batch.users) / batch.of - 1))
            ego = F.embedding(nodes, self.encoder.ego(), sparse=bool(self.options.sampled))
            loss = loss + l2 * (times * ego.square().sum(-1)).sum() / (2 * len(batch.users))
        return loss

    @property
    def table(self) -> nn.Parameter | None:
        """Return the weights of which a step reads some rows and has sparse gradients, if there are such."""
        ego = self.encoder.ego()
        return ego if self.options.sampled and isinstance(ego, nn.Parameter) else None

    def hasher(self) -> Hasher:
        """Return the hash functions as they stand."""
        hasher: Hasher = self.layer.harden()
        return WithEmbeddings(hasher) if self.options.embedding_loss_weight else hasher

    def _embedded(self, nodes: Tensor, noise: torch.Generator) -> Tensor:
        """Embed nodes, each given once: from all their neighbours, or from a sample of its own for each step."""
        if not self.options.sampled:
            return self.encoder(nodes)  # type: ignore[no-any-return]
        seed = int(torch.randint(2**62, (1,), generator=noise, device=noise.device))
        return self.encoder.sampled(nodes, self.options.sampled, seed)  # type: ignore[no-any-return]

    def _scores(self, x: Tensor, rows: Sequence[Tensor], interacted_mask: Tensor | None) -> tuple[Tensor, Tensor]:
        """Return scores of users and positives [b], and of users and negatives [b, n]; -inf where they are known."""
        x = F.normalize(x, dim=-1) if self.objective.cosine else x
        users, positives, negatives = (F.embedding(which, x) for which in rows)
        positive = (users * positives).sum(-1)
        if negatives.dim() == 2:
            negative = users @ negatives.T
            return positive, negative if interacted_mask is None else negative.masked_fill_(interacted_mask, -math.inf)
        return positive, (users[:, None] * negatives).sum(-1)
