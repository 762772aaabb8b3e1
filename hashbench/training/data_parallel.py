"""A model that several processes train: each has a share of every batch, and gradients are averaged."""

from __future__ import annotations

import hashlib

import torch
from torch import Tensor
from torch.nn.parallel import DistributedDataParallel

from hashbench.process_group import ProcessGroup
from hashbench.training.model import Model
from hashbench.training.sampling import Batch


class DataParallelStep:
    """Gives losses and gradients of whole batches, of which this process sees its share.

    Dense gradients go through torch's DistributedDataParallel; of a table read in samples the rows are gathered.
    Processes have noise of their own, which hangs on the step, so that a training which is stopped can go on.
    """

    def __init__(self, model: Model, process_group: ProcessGroup, purpose: str) -> None:
        self.model, self.process_group, self.purpose = model, process_group, purpose
        self.table = model.table
        # Buffers stay each process's own: statistics of its shares, or a frozen encoder's embeddings, large and alike.
        ignored = [name for name, one in model.named_parameters() if one is self.table]
        ignored += [name for name, _ in model.named_buffers()]
        DistributedDataParallel._set_params_and_buffers_to_ignore_for_model(model, ignored)  # type: ignore[no-untyped-call]
        dense = any(one is not self.table for one in model.parameters())
        self.wrapped = DistributedDataParallel(model) if dense else model

    def backward(self, batch: Batch, progress: float, noise: torch.Generator, step: int) -> Tensor:
        """Leave the batch's gradients in the weights, and return its loss."""
        text = f"{self.purpose} {step} {self.process_group.rank}"
        noise.manual_seed(int.from_bytes(hashlib.blake2b(text.encode(), digest_size=7).digest()))
        mine = shard_batch(batch, self.process_group)
        # The mean over processes of means over shares is the batch's mean only if shares weigh as much as they hold.
        weight = 1.0 if mine is batch else len(mine.users) * self.process_group.size / len(batch.users)
        loss: Tensor = self.wrapped(mine, progress, noise) * weight
        loss.backward()  # type: ignore[no-untyped-call]
        if self.table is not None and self.table.grad is not None:
            self.table.grad = self.process_group.all_reduce_sparse(self.table.grad)
        return self.process_group.all_reduce_mean(loss)


def shard_batch(batch: Batch, process_group: ProcessGroup) -> Batch:
    """Return a process's part of a batch; all of it where there is not one interaction for each."""
    if len(batch.users) < process_group.size:
        return batch
    cut = slice(process_group.rank, None, process_group.size)
    if batch.interacted_mask is None:
        return Batch(batch.users[cut], batch.positives[cut], batch.negatives[cut])
    return Batch(batch.users[cut], batch.positives[cut], batch.negatives, batch.interacted_mask[cut], len(batch.users))
