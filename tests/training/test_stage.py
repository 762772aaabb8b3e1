"""The outcome of a stage."""

import torch

from hashbench.components.heads.continuous import ContinuousHasher
from hashbench.training.stage import Trained


def test_a_fitted_stage_has_no_epochs():
    trained = Trained.fitted("head", torch.ones(3, 2), ContinuousHasher(), seconds=1.5)
    assert (trained.stage, trained.history, trained.best_epoch) == ("head", [], 0)
    assert (trained.stopped, trained.seconds) == ("fitted", 1.5)
