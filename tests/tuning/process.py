"""Searches as processes of their own, on data small enough for a moment, and what their storage holds."""

import optuna

from ..cli.forked import ForkedCommand
from ..cli.process import TINY

EXPERIMENT = f"""
name = "tiny"

[axes]
dataset = "{TINY}"
encoder = ["mf:dim=8", "lightgcn:dim=8"]
head = ["continuous", "lsh:bits=8", "guided_ste:bits=8"]
seed = [3, 4]

[training]
epochs = 12
batch_size = 256

[search]
k = [5]

[tune]
training.lr = {{low = 0.001, high = 0.3, log = true}}
encoder.layers = [1, 2]
"""


def start(folder, *options, text=EXPERIMENT):
    """Start `hashbench tune` in a folder, in a process group of its own."""
    (folder / "tiny.toml").write_text(text)
    arguments = ("tune", "tiny.toml", "--metric", "hr@5", "--threads", "1", *options)
    return ForkedCommand(arguments, folder, cwd=folder)


def tune(folder, *options, text=EXPERIMENT):
    """Run `hashbench tune` in a folder to its end."""
    return start(folder, *options, text=text).completed()


def trials_of(folder):
    """Return the trials of each study in the storage, without those whose process was killed."""
    storage = f"sqlite:///{folder / 'results' / 'tune.db'}"
    trials = {}
    for study in optuna.get_all_study_summaries(storage):
        stored = optuna.load_study(study_name=study.study_name, storage=storage).trials
        ended = [trial for trial in stored if trial.state.name != "FAIL"]
        trials[study.study_name] = [
            (trial.state.name, trial.params, trial.value, trial.intermediate_values) for trial in ended
        ]
    return trials
