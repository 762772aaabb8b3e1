"""Progress of a grid where there is no terminal: a line for each model that has ended, and for each note."""

from types import SimpleNamespace

from hashbench.cli import grid_progress
from hashbench.cli.grid_progress import GridProgress
from hashbench.grids.jobs import JobEvent, JobOutcome


class Task(SimpleNamespace):
    def __str__(self):
        return self.name


def test_each_model_that_ends_is_a_line(monkeypatch, capsys):
    monkeypatch.setattr(grid_progress, "summary", lambda grid: ["small: 2 models"])
    tasks = [Task(index=0, name="mf", cached=False), Task(index=1, name="lightgcn", cached=True)]
    with GridProgress() as progress:
        progress.grid_opened(SimpleNamespace(status=SimpleNamespace(tasks=tasks)))
        for task in tasks:
            progress.task_started(task)
        progress.task_reported(tasks[0], JobEvent(0, 0.5, "encoder"))
        progress.task_reported(tasks[0], JobEvent(0, None, "one row was skipped"))
        progress.task_waits(tasks[1])
        progress.task_finished(tasks[1], JobOutcome(1, "done", seconds=1.26))
        progress.task_finished(tasks[0], JobOutcome(0, "failed", "the loss is nan"))
    printed = capsys.readouterr()
    assert printed.out == "small: 2 models\n"
    assert printed.err.splitlines() == [
        "mf: one row was skipped",
        "lightgcn: another process is at it; waiting",
        "[1/2] lightgcn: searched in 1.3 s",
        "[2/2] mf: failed: the loss is nan",
    ]
