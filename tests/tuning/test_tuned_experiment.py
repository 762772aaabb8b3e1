"""The experiment file that a search writes, and the grid of it."""

import tomllib

import pytest

from hashbench.results.store import ResultsFolder

pytest.importorskip("optuna")

from ..cli.forked import ForkedCommand
from ..grids.process import run_jobs_inline
from .process import trials_of


def test_the_experiment_it_writes_trains_what_validation_chose(tuned):
    folder, _ = tuned
    best = {name: max(value for _, _, value, _ in trials if value) for name, trials in trials_of(folder).items()}
    arguments = ("grid", "tiny-tuned.toml", "--threads", "1")
    ended = ForkedCommand(arguments, folder, cwd=folder, prepare=run_jobs_inline).completed()
    assert ended.returncode == 0, ended.stderr
    assert "12 models" in ended.stdout
    records, _ = ResultsFolder(folder / "results").read_all()
    curves = {
        (record.encoder, record.head): max(point.valid_hr for point in record.training[-1].history)
        for record in records
        if record.seed == 3 and record.training[-1].history
    }
    assert len(curves) == 4
    assert sorted(curves.values()) == sorted(value for name, value in best.items() if ", lsh" not in name)


def test_the_file_holds_every_seed_and_all_that_was_chosen(tuned):
    folder, _ = tuned
    whole = tomllib.loads((folder / "tiny-tuned.toml").read_text())
    rules = [whole["axes"] | {"training": whole["training"]}, *whole["include"]]
    assert [rule["seed"] for rule in rules] == [[3, 4]] * 6
    assert [rule["head"] for rule in rules] == ["continuous", "lsh:bits=8", "guided_ste:bits=8"] * 2
    assert all(rule["training"]["valid_k"] == 5 and 0.001 <= rule["training"]["lr"] <= 0.3 for rule in rules)
    assert whole["search"] == {"k": [5]}
