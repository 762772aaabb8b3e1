"""The conformance tests of encoders fail for an encoder that breaks a law."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

from hashbench.components.encoders.mf import MF
from hashbench.protocols import Embeddings, RunContext
from hashbench.testing import EncoderTests


@dataclass(frozen=True)
class ItemsOnly:
    """Embeddings of items alone."""

    name: ClassVar[str] = "items_only"

    def fit(self, train, ctx):
        return Embeddings(np.zeros((0, 3), np.float32), np.zeros((train.n_items, 3), np.float32))


@dataclass(frozen=True)
class Constant(MF):
    """Weights that no seed changes."""

    name: ClassVar[str] = "constant"

    def build(self, graph, ctx):
        return super().build(graph, RunContext(seed=0))


def test_an_encoder_that_leaves_users_out_fails():
    class ItemsOnlyTests(EncoderTests):
        component = ItemsOnly()

    with pytest.raises(AssertionError):
        ItemsOnlyTests().test_it_embeds_every_node()


def test_an_encoder_that_ignores_the_seed_fails():
    class ConstantTests(EncoderTests):
        component = Constant()

    ConstantTests().test_it_embeds_every_node()
    with pytest.raises(AssertionError):
        ConstantTests().test_it_follows_the_seed_alone()
