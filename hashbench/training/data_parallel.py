"""One model trained by several processes: each has a shard of every batch, and gradients are averaged."""

from __future__ import annotations

import hashlib

import torch
from torch import Tensor
from torch.nn.parallel import DistributedDataParallel

from hashbench.process_group import ProcessGroup
from hashbench.training.model import Model
from hashbench.training.sampling import Batch


class DataParallelStep:
    """Computes losses and gradients of whole batches; this process sees its shard of each.

    Dense gradients are averaged by torch's DistributedDataParallel. Of a table with sparse gradients, the rows of all
    processes are gathered. Each process draws its own noise. Its seed depends on the step, so that a training can be
    resumed.
    """

    def __init__(self, model: Model, process_group: ProcessGroup, noise_purpose: str) -> None:
        self.model, self.process_group, self.noise_purpose = model, process_group, noise_purpose
        self.table = model.sparse_table
        # Buffers are not synchronised: they are statistics of a process's shards, or a frozen encoder's embeddings,
        # which are large and the same everywhere.
        ignored = [name for name, weight in model.named_parameters() if weight is self.table]
        ignored += [name for name, _ in model.named_buffers()]
        DistributedDataParallel._set_params_and_buffers_to_ignore_for_model(model, ignored)  # type: ignore[no-untyped-call]
        has_dense_weights = any(weight is not self.table for weight in model.parameters())
        self.wrapped = DistributedDataParallel(model) if has_dense_weights else model

    def backward(self, batch: Batch, progress: float, noise_rng: torch.Generator, step: int) -> Tensor:
        """Add the batch's gradients to those of the weights, and return the batch's loss."""
        seed_text = f"{self.noise_purpose} {step} {self.process_group.rank}"
        noise_rng.manual_seed(int.from_bytes(hashlib.blake2b(seed_text.encode(), digest_size=7).digest()))
        shard = shard_batch(batch, self.process_group)
        # The mean over processes of means over shards is the batch's mean only if shards weigh as much as they hold.
        weight = 1.0 if shard is batch else len(shard.users) * self.process_group.size / len(batch.users)
        loss: Tensor = self.wrapped(shard, progress, noise_rng) * weight
        loss.backward()  # type: ignore[no-untyped-call]
        if self.table is not None and self.table.grad is not None:
            self.table.grad = self.process_group.all_reduce_sparse(self.table.grad)
        return self.process_group.all_reduce_mean(loss)


def shard_batch(batch: Batch, process_group: ProcessGroup) -> Batch:
    """Return this process's shard of a batch; the whole batch if it has fewer interactions than there are processes."""
    if len(batch.users) < process_group.size:
        return batch
    rows = slice(process_group.rank, None, process_group.size)
    if batch.interacted_mask is None:
        return Batch(batch.users[rows], batch.positives[rows], batch.negatives[rows])
    return Batch(
        batch.users[rows],
        batch.positives[rows],
        batch.negatives,
        batch.interacted_mask[rows],
        whole_batch_size=len(batch.users),
    )
