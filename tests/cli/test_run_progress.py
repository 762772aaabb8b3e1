"""Progress of a run without a terminal: about ten lines per stage."""

import pytest

from hashbench.cli.run_progress import LINES_PER_STAGE, RunProgress
from hashbench.observers import Epoch


def epoch(number: int, valid_hr: float | None = 0.25) -> Epoch:
    return Epoch("joint", number, 0.5, valid_hr, None, None)


def test_about_ten_lines_per_stage(capsys: pytest.CaptureFixture[str]) -> None:
    with RunProgress() as progress:
        progress.stage_started("joint", n_steps=2, n_epochs=60, epochs_done=0)
        for number in range(1, 61):
            progress.step_finished(0.5)
            progress.epoch_finished(epoch(number))
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "training (joint)  epoch 1/60  loss 0.5000  validation HR 0.2500"
    assert lines[-1].startswith("training (joint)  epoch 60/60  ")
    assert len(lines) == LINES_PER_STAGE + 1


def test_without_validation_there_is_the_loss_alone(capsys: pytest.CaptureFixture[str]) -> None:
    progress = RunProgress()
    progress.stage_started("joint", n_steps=1, n_epochs=3, epochs_done=0)
    progress.epoch_finished(epoch(1, valid_hr=None))
    assert capsys.readouterr().err == "training (joint)  epoch 1/3  loss 0.5000\n"


def test_what_is_not_trained_is_noted(capsys: pytest.CaptureFixture[str]) -> None:
    progress = RunProgress()
    progress.model_looked_up("0123", cache_hit=True)
    progress.model_looked_up("0123", cache_hit=False)
    progress.stage_resumed("head", [epoch(1), epoch(2)], finished=False)
    progress.stage_resumed("encoder", [epoch(1)], finished=True)
    assert capsys.readouterr().err.splitlines() == [
        "model 0123 is in the cache: nothing is trained",
        "model 0123 is not in the cache: it is trained",
        "training (head) resumes after epoch 2",
        "training (encoder) is complete in its checkpoint",
    ]
