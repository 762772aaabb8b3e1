"""What a training keeps of its epochs."""

import pytest

from hashbench.observers import Epoch
from hashbench.training.state import TrainingState


def epoch(number, hr):
    return Epoch("joint", number, 1.0, hr, None, None)


def test_the_best_epoch_is_the_first_with_the_highest_validation():
    state = TrainingState(best_weights={"epoch": 0})
    without_improvement = []
    for number, hr in enumerate([0.1, 0.3, 0.2, 0.3], start=1):
        state.add(epoch(number, hr), lambda number=number: {"epoch": number})
        without_improvement.append(state.epochs_without_improvement)
    assert (state.best_epoch, state.best_hr, state.best_weights) == (2, 0.3, {"epoch": 2})
    assert without_improvement == [0, 0, 1, 2]
    assert [point.epoch for point in state.history] == [1, 2, 3, 4]


@pytest.mark.parametrize("n_epochs", [1, 3])
def test_without_validation_the_last_epoch_is_kept(n_epochs):
    state = TrainingState(best_weights={})
    for number in range(1, n_epochs + 1):
        state.add(epoch(number, None), lambda number=number: {"epoch": number})
    assert (state.best_epoch, state.best_weights) == (n_epochs, {"epoch": n_epochs})
    assert state.epochs_without_improvement == 0
