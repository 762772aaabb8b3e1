"""Every event of a run is passed on; what was decided is logged."""

import inspect
import logging
from unittest.mock import create_autospec

import pytest

from hashbench.observers import Epoch, NullObserver, RunObserver
from hashbench.pipeline.logging_observer import LoggingObserver

EPOCH = Epoch("joint", 3, 0.5, 0.25, None, None)
EVENTS = {
    "note": ("a note",),
    "model_looked_up": ("0123", True),
    "stage_resumed": ("joint", [EPOCH], True),
    "stage_started": ("joint", 2, 10, 1),
    "step_finished": (0.5,),
    "epoch_finished": (EPOCH,),
}


def test_all_events_are_known():
    methods = {name for name, _ in inspect.getmembers(RunObserver, inspect.isfunction) if not name.startswith("_")}
    assert methods == set(EVENTS)


@pytest.mark.parametrize("event", EVENTS)
def test_events_are_passed_on(event):
    observer = create_autospec(NullObserver, instance=True)
    getattr(LoggingObserver(observer), event)(*EVENTS[event])
    getattr(observer, event).assert_called_once_with(*EVENTS[event])


@pytest.mark.parametrize(
    ("event", "message"),
    [
        ("model_looked_up", "model 0123: cached"),
        ("stage_resumed", "stage 'joint': 1 epochs from a checkpoint, complete"),
        ("stage_started", "stage 'joint': 10 epochs of 2 steps, 1 epochs done"),
        ("epoch_finished", "stage 'joint', epoch 3: loss 0.500000, validation HR 0.25"),
        ("note", "note: a note"),
    ],
)
def test_decisions_are_logged(event, message, caplog):
    with caplog.at_level(logging.DEBUG, "hashbench"):
        getattr(LoggingObserver(NullObserver()), event)(*EVENTS[event])
    assert caplog.messages == [message]
