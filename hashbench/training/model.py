"""Encoder and hash layer as one torch module that computes a batch's loss."""

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
    """Encoder and hash layer, trained together by an objective; the encoder's first `n_users` nodes are the users."""

    def __init__(
        self, encoder: NodeEncoder, layer: HashLayer, objective: Objective, options: TrainingOptions, n_users: int
    ) -> None:
        super().__init__()
        self.encoder: Any = encoder
        self.layer: Any = layer
        self.objective, self.options, self.n_users = objective, options, n_users
        if options.sampled and not isinstance(encoder, SampledEncoder):
            raise BadParameter("this encoder cannot be trained on samples of neighbourhoods: leave out --fan-outs")

    def forward(self, batch: Batch, progress: float, noise_rng: torch.Generator) -> Tensor:
        """Return the loss of a batch: the objective on the relaxed codes, on the embeddings if wanted, and L2."""
        device = noise_rng.device
        node_ids = [
            torch.from_numpy(ids).to(device)
            for ids in (batch.users, batch.positives + self.n_users, batch.negatives + self.n_users)
        ]
        # Each node of the batch is embedded and hashed once. Rows are read by F.embedding and not by x[nodes], because
        # its gradient is summed in a fixed order, whatever the number of threads.
        nodes, inverse = torch.unique(torch.cat([ids.flatten() for ids in node_ids]), return_inverse=True)
        flat_rows = inverse.split([ids.numel() for ids in node_ids])
        rows = [flat.view(ids.shape) for flat, ids in zip(flat_rows, node_ids, strict=True)]
        mask = None if batch.interacted_mask is None else torch.from_numpy(batch.interacted_mask).to(device)
        embeddings = self._embed(nodes, noise_rng)
        n = int(torch.searchsorted(nodes, self.n_users))  # nodes ascend, so users come first
        relaxed = torch.cat(self.layer.relax(embeddings[:n], embeddings[n:], progress, noise_rng))
        loss = self.objective.loss(*self._scores(relaxed, rows, mask))
        if weight := self.options.embedding_loss_weight:
            loss = loss + weight * self.objective.loss(*self._scores(embeddings, rows, mask))
        if self.encoder.l2:
            counts = torch.bincount(inverse, minlength=len(nodes)).float()
            if batch.whole_batch_size is not None:  # each shard has all shared negatives, and counts its part of them
                negatives, share = flat_rows[2], len(batch.users) / batch.whole_batch_size
                counts.index_add_(0, negatives, counts.new_full(negatives.shape, share - 1))
            loss = loss + self._l2_term(nodes, counts, len(batch.users))
        return loss

    @property
    def sparse_table(self) -> nn.Parameter | None:
        """The layer-0 embeddings if a step reads only some of their rows, so that their gradient is sparse."""
        ego = self.encoder.ego()
        return ego if self.options.sampled and isinstance(ego, nn.Parameter) else None

    def hasher(self) -> Hasher:
        """Return the hash functions by the present weights."""
        hasher: Hasher = self.layer.harden()
        return WithEmbeddings(hasher) if self.options.embedding_loss_weight else hasher

    def _embed(self, nodes: Tensor, noise_rng: torch.Generator) -> Tensor:
        """Embed distinct nodes, from all their neighbours or from neighbours that are drawn anew in each step."""
        if not self.options.sampled:
            return self.encoder(nodes)  # type: ignore[no-any-return]
        seed = int(torch.randint(2**62, (1,), generator=noise_rng, device=noise_rng.device))
        return self.encoder.sampled(nodes, self.options.sampled, seed)  # type: ignore[no-any-return]

    def _l2_term(self, nodes: Tensor, counts: Tensor, n_interactions: int) -> Tensor:
        """Return l2/2 times the squared layer-0 embeddings of `nodes`, each `counts` times, per interaction."""
        ego = F.embedding(nodes, self.encoder.ego(), sparse=bool(self.options.sampled))
        term: Tensor = self.encoder.l2 * (counts * ego.square().sum(-1)).sum() / (2 * n_interactions)
        return term

    def _scores(self, x: Tensor, rows: Sequence[Tensor], mask: Tensor | None) -> tuple[Tensor, Tensor]:
        """Return the scores of users and positives [b], and of users and negatives [b, n].

        Shared negatives that a user has interacted with, as `mask` bool[b, n] says, score -inf.
        """
        x = F.normalize(x, dim=-1) if self.objective.cosine else x
        users, positives, negatives = (F.embedding(ids, x) for ids in rows)
        positive = (users * positives).sum(-1)
        if negatives.dim() == 2:
            negative = users @ negatives.T
            return positive, negative if mask is None else negative.masked_fill_(mask, -math.inf)
        return positive, (users[:, None] * negatives).sum(-1)
