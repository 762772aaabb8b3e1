"""Embeddings that a training leaves as they are."""

import torch

from hashbench.protocols import SampledEncoder
from hashbench.training.frozen import FrozenEncoder


def test_it_returns_its_embeddings_and_has_no_weights():
    embeddings = torch.arange(12.0).reshape(4, 3)
    encoder = FrozenEncoder(embeddings)
    assert isinstance(encoder, SampledEncoder)
    assert (encoder.dim, encoder.l2, list(encoder.parameters())) == (3, 0.0, [])
    assert torch.equal(encoder(), embeddings)
    assert torch.equal(encoder.ego(), embeddings)
    for rows in (encoder(torch.tensor([2, 0])), encoder.sampled(torch.tensor([2, 0]), (5,), seed=1)):
        assert torch.equal(rows, embeddings[[2, 0]])
