"""Conformance of hash heads."""

from __future__ import annotations

import numpy as np
import torch

from hashbench.protocols import Embeddings, Hashed, Hasher, RunContext, TrainableHead
from hashbench.testing.components import ComponentTests, small_interactions

DIM = 12


class HashHeadTests(ComponentTests):
    """A head gives what it says it emits, row by row, and follows the seed alone."""

    def hasher(self, seed: int = 0) -> Hasher:
        """Build and harden the head, or fit it."""
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
        """Codes of the stated length, embeddings of one length for users and items."""
        hasher, given = self.hasher(), self.embeddings()
        users, items = hasher.hash_users(given.users), hasher.hash_items(given.items)
        for side, rows in ((users, 40), (items, 30)):
            assert len(side) == rows
            assert (side.codes is not None) == ("codes" in self.component.emits)
            assert (side.embeddings is not None) == ("embeddings" in self.component.emits)
            if side.codes is not None:
                assert side.codes.n_bits == self.component.n_bits
        if users.embeddings is not None and items.embeddings is not None:
            assert users.embeddings.shape[1] == items.embeddings.shape[1]

    def test_a_row_is_hashed_alike_alone_and_among_others(self) -> None:
        """Nothing of the other rows may leak into a code."""
        hasher, given = self.hasher(), self.embeddings()
        for hash_side, rows in ((hasher.hash_users, given.users), (hasher.hash_items, given.items)):
            together, alone = hash_side(rows), hash_side(rows[7:8])
            assert _same(together.take([7]), alone)

    def test_it_follows_the_seed_alone(self) -> None:
        """Equal seeds give equal hash functions."""
        users = self.embeddings().users
        assert _same(self.hasher(3).hash_users(users), self.hasher(3).hash_users(users))

    def test_what_the_loss_sees_carries_gradients_all_through_the_training(self) -> None:
        """Only of a head that is trained."""
        if not isinstance(self.component, TrainableHead):
            return
        layer = self.component.build(DIM, RunContext())
        for progress in (0.0, 0.5, 1.0):
            given = [torch.from_numpy(side).requires_grad_() for side in vars(self.embeddings()).values()]
            users, items = layer.relax(given[0], given[1], progress, torch.Generator().manual_seed(0))
            assert (len(users), len(items)) == (40, 30)
            torch.autograd.backward((users @ items.T).square().sum())
            for side in given:
                assert torch.isfinite(side).all()
                assert side.grad is not None
                assert side.grad.abs().sum() > 0
            for weight in layer.parameters():  # type: ignore[attr-defined]
                assert weight.grad is not None
                assert weight.grad.abs().sum() > 0


def _same(first: Hashed, second: Hashed) -> bool:
    codes = first.codes is None or (
        second.codes is not None and np.array_equal(first.codes.packed, second.codes.packed)
    )
    embeddings = first.embeddings is None or (
        second.embeddings is not None and np.allclose(first.embeddings, second.embeddings, atol=1e-5)
    )
    return codes and embeddings
