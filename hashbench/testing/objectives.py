"""Conformance of objectives."""

from __future__ import annotations

import torch

from hashbench.testing.components import ComponentTests


class ObjectiveTests(ComponentTests):
    """An objective gives one finite number that falls as the positive comes nearer."""

    def test_the_loss_is_one_finite_number_with_gradients(self) -> None:
        """For users, positives and negatives alike."""
        noise = torch.Generator().manual_seed(0)
        shapes = (8, 6), (8, 6), (8, self.component.n_negatives, 6)
        sides = [torch.randn(*shape, generator=noise).requires_grad_() for shape in shapes]
        loss = self.component.loss(*sides)
        assert loss.shape == ()
        assert torch.isfinite(loss)
        loss.backward()
        assert all(side.grad is not None and side.grad.abs().sum() > 0 for side in sides)

    def test_it_prefers_the_positive(self) -> None:
        """Users near their positives cost less than users near the negatives."""
        near, far = torch.ones(4, 6), -torch.ones(4, 6)
        count = self.component.n_negatives
        good = self.component.loss(near, near, far[:, None].expand(-1, count, -1))
        bad = self.component.loss(near, far, near[:, None].expand(-1, count, -1))
        assert good < bad
