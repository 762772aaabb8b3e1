"""Killed at any moment, a grid goes on and ends with the very records of an undisturbed one."""

import os
import random
import shutil
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import psutil

from .process import GRID, grid, outcomes, start

KILLS = 20


def test_a_grid_killed_twenty_times_ends_as_if_it_had_not_been(tmp_path):
    file, whole = tmp_path / "grid.toml", tmp_path / "whole"
    file.write_text(GRID.replace("EPOCHS", "60"))
    assert grid(file, whole, "--jobs", 2, "--threads", 2).returncode == 0
    expected = outcomes(whole)
    assert len(expected) == 28
    with ThreadPoolExecutor(2) as side_by_side:
        kills = side_by_side.map(
            lambda jobs: killed_again_and_again(file, tmp_path / str(jobs), jobs, expected), (1, 2)
        )
        assert sum(kills) == KILLS


def killed_again_and_again(file, out, jobs, expected):
    """Kill a grid and start it again, until it has been killed often enough; return how often."""
    rng, kills, options = random.Random(jobs), 0, ("--jobs", jobs, "--threads", jobs)
    while kills < KILLS // 2:
        process = start(file, out, *options)
        began = psutil.Process(process.pid).create_time()
        moment = None
        while process.poll() is None and (moment is None or time.monotonic() < moment):
            locks = (out / "models" / "locks").glob("*.lock")
            if moment is None and any(lock.stat().st_mtime > began for lock in locks):  # a worker has begun a cell
                moment = time.monotonic() + rng.uniform(0, 1.5)
            time.sleep(0.01)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            kills += 1
            known = outcomes(out)  # no record is damaged, and none says anything else
            assert {run: expected[run] for run in known} == known
        else:
            stderr = process.communicate()[1]
            assert process.returncode == 0, stderr
            assert outcomes(out) == expected
            shutil.rmtree(out)
    last = grid(file, out, *options)
    assert last.returncode == 0, last.stderr
    assert outcomes(out) == expected
    assert len(list(out.glob("*.json"))) == len(expected)
    return kills
