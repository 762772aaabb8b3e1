"""Conformance of hash heads."""

from __future__ import annotations

import numpy as np
import torch

from hashbench.protocols import Embeddings, Hashed, Hasher, RunContext, TrainableHead
from hashbench.testing.components import ComponentTests, small_interactions

DIM = 12


class HashHeadTests(ComponentTests):
    """A head emits the parts that it declares, hashes each row by itself, and depends on the seed alone."""

    def hasher(self, seed: int = 0) -> Hasher:
        """Return the hasher of the head, untrained or fitted."""
        ctx = RunContext(seed=seed)
        if isinstance(self.component, TrainableHead):
            return self.component.build(DIM, ctx).harden()
        fitted: Hasher = self.component.fit(self.embeddings(), small_interactions(), ctx)
        return fitted

    def embeddings(self) -> Embeddings:
        """Return float32[40, 12] and float32[30, 12]."""
        rng = np.random.default_rng(5)
        return Embeddings(*(rng.standard_normal((n, DIM)).astype(np.float32) for n in (40, 30)))

    def test_it_gives_what_it_emits(self) -> None:
        """Codes have the declared length. Users' and items' embeddings have the same length."""
        hasher, embeddings = self.hasher(), self.embeddings()
        users, items = hasher.hash_users(embeddings.users), hasher.hash_items(embeddings.items)
        for side, rows in ((users, 40), (items, 30)):
            assert len(side) == rows
            assert (side.codes is not None) == ("codes" in self.component.emits)
            assert (side.embeddings is not None) == ("embeddings" in self.component.emits)
            if side.codes is not None:
                assert side.codes.n_bits == self.component.n_bits
        if users.embeddings is not None and items.embeddings is not None:
            assert users.embeddings.shape[1] == items.embeddings.shape[1]

    def test_a_row_is_hashed_alike_alone_and_among_others(self) -> None:
        """A code may not depend on other rows."""
        hasher, embeddings = self.hasher(), self.embeddings()
        for hash_side, rows in ((hasher.hash_users, embeddings.users), (hasher.hash_items, embeddings.items)):
            together, alone = hash_side(rows), hash_side(rows[7:8])
            assert _equal(together.take([7]), alone)

    def test_it_follows_the_seed_alone(self) -> None:
        """Equal seeds give equal hash functions."""
        users = self.embeddings().users
        assert _equal(self.hasher(3).hash_users(users), self.hasher(3).hash_users(users))

    def test_what_the_loss_sees_carries_gradients_all_through_the_training(self) -> None:
        """This holds for trainable heads."""
        if not isinstance(self.component, TrainableHead):
            return
        layer = self.component.build(DIM, RunContext())
        for progress in (0.0, 0.5, 1.0):
            embeddings = [torch.from_numpy(side).requires_grad_() for side in vars(self.embeddings()).values()]
            users, items = layer.relax(embeddings[0], embeddings[1], progress, torch.Generator().manual_seed(0))
            assert (len(users), len(items)) == (40, 30)
            torch.autograd.backward((users @ items.T).square().sum())
            for side in embeddings:
                assert torch.isfinite(side).all()
                assert side.grad is not None
                assert side.grad.abs().sum() > 0
            for weight in layer.parameters():  # type: ignore[attr-defined]
                assert weight.grad is not None
                assert weight.grad.abs().sum() > 0


def _equal(first: Hashed, second: Hashed) -> bool:
    codes = first.codes is None or (
        second.codes is not None and np.array_equal(first.codes.packed, second.codes.packed)
    )
    embeddings = first.embeddings is None or (
        second.embeddings is not None and np.allclose(first.embeddings, second.embeddings, atol=1e-5)
    )
    return codes and embeddings
