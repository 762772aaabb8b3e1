"""What commands print about a grid, line by line."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from hashbench.cli.grid_text import N_LISTED, conclusion, summary
from hashbench.grids.dispatch import Dispatched
from hashbench.grids.status import GridStatus

from ..results.factory import a_record


def task(cached=False, seconds=None):
    return SimpleNamespace(cached=cached, seconds=seconds)


def lines(status, jobs=1, retry_failed=False, skipped=None):
    cell = SimpleNamespace(plan=SimpleNamespace(retrievers=("hamming", "hierarchical")))
    grid = SimpleNamespace(
        name="small",
        expansion=SimpleNamespace(cells=[cell, cell], skipped=skipped or {}),
        status=status,
        options=SimpleNamespace(jobs=jobs, retry_failed=retry_failed),
    )
    return list(summary(grid))


def test_a_finished_grid():
    assert lines(GridStatus(done=[a_record()])) == [
        "small: 2 models, 4 runs",
        "  done: 1 run",
        "  to train: 0 models",
    ]


def test_everything_that_may_be_said():
    failed = [a_record(seed=seed, status="failed", error="the loss is nan") for seed in range(N_LISTED + 2)]
    stale = [(a_record(seed=9), "made by hashbench 0.0.1")]
    status = GridStatus(failed=failed, stale=stale, tasks=[task(), task(cached=True)], problems=["x.json: damaged"])
    printed = lines(status, skipped={"no retriever fits": 3})
    assert printed[2:4] == [
        "  to train: 1 model; 1 more model in the cache, to search",
        "  failed before: 7 runs (--retry-failed runs them again)",
    ]
    assert printed[4] == f"    {failed[0].run_id[:8]}: the loss is nan"
    assert printed[4 + N_LISTED :] == [
        "  stale, run again: 1 run",
        f"    {stale[0][0].run_id[:8]}: made by hashbench 0.0.1",
        "  skipped: 3 × no retriever fits",
        "  left out: x.json: damaged",
        "  time: unknown, without an earlier run",
    ]
    assert "  failed before: 7 runs, run again" in lines(status, retry_failed=True)


@pytest.mark.parametrize(
    ("seconds", "jobs", "amount"),
    [(5.0, 1, "a minute"), (600.0, 1, "10 minutes"), (600.0, 2, "5 minutes"), (9000.0, 1, "2.5 hours")],
)
def test_the_time_is_estimated_from_earlier_runs(seconds, jobs, amount):
    assert lines(GridStatus(tasks=[task(seconds=seconds)]), jobs)[-1] == f"  time: about {amount}, from earlier runs"


def test_how_it_ended():
    assert list(conclusion(Dispatched(done=[task()]), Path("out"))) == [
        "1 model done, 0 failed  (hashbench compare out/)"
    ]
    tasks = Dispatched(done=[task(), task()], failed=[("mf, lsh", "the loss is nan")], remaining=[task()])
    assert list(conclusion(tasks, Path("out"))) == [
        "failed: mf, lsh: the loss is nan",
        "2 models done, 1 failed, 1 left by the budget (the same command continues)  (hashbench compare out/)",
    ]
