"""Conformance of objectives."""

from __future__ import annotations

import torch

from hashbench.testing.components import ComponentTests


class ObjectiveTests(ComponentTests):
    """An objective returns one finite loss, which is lower if the positive scores higher."""

    def test_the_loss_is_one_finite_number_with_gradients(self) -> None:
        """Scores of positives and of negatives have gradients."""
        noise = torch.Generator().manual_seed(0)
        shapes = (8,), (8, self.component.n_negatives)
        sides = [torch.randn(*shape, generator=noise).requires_grad_() for shape in shapes]
        loss = self.component.loss(*sides)
        assert loss.shape == ()
        assert torch.isfinite(loss)
        loss.backward()
        assert all(side.grad is not None and side.grad.abs().sum() > 0 for side in sides)

    def test_it_prefers_the_positive(self) -> None:
        """The loss is lower if positives score above negatives."""
        shape = 4, self.component.n_negatives
        good = self.component.loss(torch.ones(4), -torch.ones(shape))
        bad = self.component.loss(-torch.ones(4), torch.ones(shape))
        assert good < bad

    def test_a_negative_that_scores_minus_infinity_costs_nothing_and_gets_no_gradient(self) -> None:
        """This masks shared negatives that a user has interacted with."""
        if not self.component.shares_negatives:
            return
        negative = torch.zeros(4, 3).index_fill(1, torch.tensor([1]), -torch.inf).requires_grad_()
        loss = self.component.loss(torch.ones(4), negative)
        assert torch.equal(loss, self.component.loss(torch.ones(4), torch.zeros(4, 2)))
        (gradient,) = torch.autograd.grad(loss, negative)
        assert torch.equal(gradient[:, 1], torch.zeros(4))
