"""Processes of this machine: a job's outcome comes back, also if its process is killed."""

import multiprocessing
import signal
import time

import psutil
import pytest

from hashbench.grids.jobs import JobSpec
from hashbench.grids.local_pool import LocalPool
from hashbench.pipeline.launch import LaunchOptions

from .process import TINY


@pytest.fixture
def pool():
    pool = LocalPool(1, 1)
    yield pool
    pool.close()


def outcome_of(pool):
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        for outcome in pool.outcomes(0.05):
            return outcome
    return None


def job(index, out, epochs=1, **arguments):
    arguments = {"dataset": TINY, "encoder": "mf:dim=4", "head": "lsh:bits=8", "ks": 5} | arguments
    arguments["training"] = {"epochs": epochs}
    options = LaunchOptions(out=out, threads=1)
    return JobSpec(index, f"model{index}", arguments, options, {"hamming": (f"{index}.json", None)})


def test_a_job_whose_process_is_killed_fails_and_the_next_one_runs(pool, tmp_path):
    assert pool.n_free == 1
    pool.submit(job(0, tmp_path, epochs=100_000))
    assert pool.n_free == 0
    while not any(event.index == 0 for event in pool.events()):  # until its training starts
        time.sleep(0.05)
    workers = [process for process in psutil.Process().children() if process.pid in child_pids()]
    workers[-1].send_signal(signal.SIGKILL)
    outcome = outcome_of(pool)
    assert (outcome.index, outcome.status) == (0, "failed")
    assert outcome.reason == "its process was ended by SIGKILL, as when memory runs out"
    pool.submit(job(1, tmp_path, encoder="mff"))
    outcome = outcome_of(pool)
    assert (outcome.index, outcome.status) == (1, "failed")
    assert outcome.reason.startswith("There is no encoder called 'mff'.")


def child_pids():
    return {process.pid for process in multiprocessing.active_children()}
