import numpy as np
import torch

from hashbench.components.heads.continuous import Continuous
from hashbench.protocols import RunContext
from hashbench.testing import HashHeadTests


class TestContinuous(HashHeadTests):
    component = Continuous()


def test_embeddings_are_unchanged_and_there_is_no_code():
    embeddings = np.random.default_rng(0).standard_normal((5, 3)).astype(np.float32)
    layer = Continuous().build(3, RunContext())
    users, items = torch.from_numpy(embeddings[:2]), torch.from_numpy(embeddings[2:])
    relaxed = layer.relax(users, items, 0.5, torch.Generator())
    assert relaxed[0] is users
    assert relaxed[1] is items
    for hash_side in (layer.harden().hash_users, layer.harden().hash_items):
        assert hash_side(embeddings).embeddings is embeddings
        assert hash_side(embeddings).codes is None
    assert Continuous().n_bits is None
