"""Observers receive the events of a run."""

import inspect

from hashbench.observers import Epoch, NullObserver, RunObserver


def test_the_null_observer_receives_every_event():
    events = {name for name, _ in inspect.getmembers(RunObserver, inspect.isfunction) if not name.startswith("_")}
    observer = NullObserver()
    for name in events:
        protocol, own = (inspect.signature(getattr(owner, name)).parameters for owner in (RunObserver, NullObserver))
        assert list(protocol) == list(own)
    observer.epoch_finished(Epoch("joint", 1, 0.5, None, None, None))
    assert events == {
        "note",
        "model_looked_up",
        "stage_resumed",
        "stage_started",
        "step_finished",
        "epoch_finished",
    }
