"""A grid from Python: an experiment as a mapping in, records out, and an observer beside."""

import pytest

from hashbench.errors import HashbenchError
from hashbench.grids import run
from hashbench.grids.experiment_file import parse
from hashbench.grids.run import GridOptions, NullGridObserver, open_grid, run_grid

from .process import TINY, InlinePool

EXPERIMENT = {
    "axes": {"dataset": TINY, "encoder": "mf:dim=4", "head": ["continuous", "lsh:bits=8"]},
    "training": {"epochs": 1},
    "search": {"k": [5]},
}


class Log(NullGridObserver):
    def __init__(self):
        self.grids, self.events = [], []

    def grid_opened(self, opened):
        self.grids.append(opened)

    def task_started(self, task):
        self.events.append(("started", task.index))

    def task_finished(self, task, outcome):
        self.events.append((outcome.status, task.index))


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    out, log = tmp_path_factory.mktemp("grid") / "out", Log()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "LocalPool", InlinePool)
        result = run_grid(EXPERIMENT, GridOptions(out, threads=1), log)
    return out, log, result


def test_records_come_in_the_order_of_the_cells(finished):
    _, log, result = finished
    assert result.complete
    assert [(record.head, record.retriever) for record in result.records] == [
        ("continuous", "continuous"),
        ("lsh", "continuous"),
        ("lsh", "hierarchical"),
        ("lsh", "hamming"),
    ]
    assert {record.status for record in result.records} == {"ok"}
    assert log.events == [("started", 0), ("done", 0), ("started", 1), ("done", 1)]
    assert [len(grid.status.tasks) for grid in log.grids] == [2]


def test_a_second_call_starts_nothing_and_returns_the_same_records(finished, monkeypatch):
    out, _, first = finished
    monkeypatch.setattr(run, "LocalPool", None)
    log = Log()
    second = run_grid(EXPERIMENT, GridOptions(out, threads=1), log)
    assert second.records == first.records
    assert log.events == []
    assert [len(grid.status.done) for grid in log.grids] == [4]


def test_opening_a_grid_writes_nothing_and_is_named_by_the_experiment_or_its_file(finished, tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text(f'[axes]\ndataset = "{TINY}"\nencoder = "mf"\nhead = "lsh"\n[search]\nk = 5\n')
    options, observer = GridOptions(tmp_path / "none", threads=1), Log()
    assert open_grid(file, options, observer).name == "mine"
    assert open_grid(str(file), options, observer, "another").name == "another"
    assert open_grid(EXPERIMENT, options, observer).name == "grid"
    opened = open_grid(parse(EXPERIMENT | {"name": "named"}, "x"), options, observer)
    assert (opened.name, opened.status.n_to_train, len(opened.status.run_files)) == ("named", 2, 4)
    assert not (tmp_path / "none").exists()


def test_mistakes_in_a_mapping_are_reported_before_anything_is_written(tmp_path):
    with pytest.raises(HashbenchError, match=r"the experiment has 1 mistake:\n  axes\.encoder: it must not be empty"):
        run_grid({"axes": EXPERIMENT["axes"] | {"encoder": []}}, GridOptions(tmp_path / "out"))
    assert not (tmp_path / "out").exists()
