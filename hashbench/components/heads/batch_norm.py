"""Batch normalisation whose sums do not depend on the number of threads."""

from __future__ import annotations

import torch
from torch import Tensor, nn

# An untrained network's z may be tiny. EPS must stay below its variance.
EPS = 1e-12
MOMENTUM = 0.1


class BatchNorm(nn.Module):
    """Batch normalisation of float[n, n_bits] by column, with gain `weight` and shift `bias` (Ioffe and Szegedy, 2015).

    torch's own layer sums a batch in one part per thread, so its rounding depends on the number of threads. A hashed
    model magnifies such a difference as if the seed had changed. A sum over one dimension of a tensor rounds alike
    whatever the number of threads.
    """

    running_mean: Tensor
    running_var: Tensor

    def __init__(self, n_bits: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(n_bits))
        self.bias = nn.Parameter(torch.zeros(n_bits))
        self.register_buffer("running_mean", torch.zeros(n_bits))
        self.register_buffer("running_var", torch.ones(n_bits))

    def forward(self, values: Tensor) -> Tensor:
        """Normalise by the batch in training, otherwise by the running mean and variance."""
        if not self.training:
            return (values - self.running_mean) * self.gain() + self.bias
        mean = values.mean(0)
        centred = values - mean
        var = centred.square().mean(0)
        with torch.no_grad():
            unbiased = var * (len(values) / max(1, len(values) - 1))
            self.running_mean.lerp_(mean, MOMENTUM)
            self.running_var.lerp_(unbiased, MOMENTUM)
        return centred * (self.weight / torch.sqrt(var + EPS)) + self.bias

    def gain(self) -> Tensor:
        """Return the factor of each column outside training: float[n_bits]."""
        return self.weight / torch.sqrt(self.running_var + EPS)
