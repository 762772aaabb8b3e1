"""Progress in Python: a display that is renewed in a notebook, a bar elsewhere if asked for."""

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from hashbench.api.progress import BarProgress, NotebookProgress, progress_observer
from hashbench.observers import Epoch, NullObserver


def train(observer):
    """Send the events of a stage of two epochs."""
    observer.stage_started("joint", n_steps=3, n_epochs=2, epochs_done=0)
    for number in (1, 2):
        observer.step_finished(0.5)
        observer.epoch_finished(Epoch("joint", number, loss=0.5, valid_hr=0.25, auc=0.75, schedule=None))


def test_outside_a_notebook_nothing_is_shown_unless_asked_for(capfd):
    train(progress_observer(None))
    assert type(progress_observer(None)) is type(progress_observer(False)) is NullObserver
    assert capfd.readouterr() == ("", "")


def test_a_bar_counts_epochs_and_shows_loss_and_validation(capfd):
    observer = progress_observer(True)
    assert isinstance(observer, BarProgress)
    train(observer)
    observer.note("a note")
    text = capfd.readouterr().err
    assert "training (joint): 100%" in text
    assert "2/2" in text
    assert "loss 0.5000, validation HR 0.2500" in text
    assert "a note" in text


@pytest.fixture
def shell():
    yield InteractiveShell.instance()
    InteractiveShell.clear_instance()


def test_a_notebook_has_one_display_that_every_epoch_renews(shell):
    with capture_output() as captured:
        observer = NotebookProgress()
        train(observer)
        observer.note("a <note>")
    pages = [output.data["text/html"] for output in captured.outputs]
    assert len(pages) == 4
    assert [output.update for output in captured.outputs] == [False, True, True, True]
    assert pages[0] == '<progress value="0" max="2"></progress> training (joint)'
    assert '<progress value="2" max="2"></progress>' in pages[2]
    assert "epoch 2 of 2, loss 0.5000, validation HR 0.2500" in pages[2]
    assert pages[3].endswith("<br>a &lt;note&gt;")
