"""Killed at any moment, a grid continues and ends with the records of an undisturbed one."""

import random
import shutil
import time
from concurrent.futures import ThreadPoolExecutor

import psutil

from .process import grid, kill, outcomes, start

N_KILLS = 20


def test_a_grid_killed_twenty_times_ends_as_if_it_had_not_been(whole_grid, tmp_path):
    file, _, expected = whole_grid
    with ThreadPoolExecutor(2) as side_by_side:
        kills = side_by_side.map(lambda jobs: kill_repeatedly(file, tmp_path / str(jobs), jobs, expected), (1, 2))
        assert sum(kills) == N_KILLS


def kill_repeatedly(file, out, jobs, expected):
    """Kill a grid and start it again, until it has been killed often enough; return how often."""
    rng, n_kills, options = random.Random(jobs), 0, ("--jobs", jobs, "--threads", jobs)
    while n_kills < N_KILLS // 2:
        process = start(file, out, *options)
        began = psutil.Process(process.pid).create_time()
        moment = None
        while process.poll() is None and (moment is None or time.monotonic() < moment):
            locks = (out / "models" / "locks").glob("*.lock")
            if moment is None and any(lock.stat().st_mtime > began for lock in locks):  # a worker has begun a cell
                moment = time.monotonic() + rng.uniform(0, 1.5)
            time.sleep(0.01)
        if process.poll() is None and kill(process):
            n_kills += 1
            known = outcomes(out)  # no record is damaged, and none differs
            assert {run: expected[run] for run in known} == known
        else:
            _, stderr = process.communicate()
            assert process.returncode == 0, stderr
            assert outcomes(out) == expected
            shutil.rmtree(out)
    last = grid(file, out, *options)
    assert last.returncode == 0, last.stderr
    assert outcomes(out) == expected
    assert len(list(out.glob("*.json"))) == len(expected)
    return n_kills
