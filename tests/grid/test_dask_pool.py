"""Grids on a real Dask scheduler with real workers, on loopback; and what can be wrong with a cluster."""

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import time

import pytest

from hashbench.results.store import ResultsFolder

from .process import GRID, grid, outcomes, start
from .test_command import SMALL

pytest.importorskip("distributed")

KILLS = 5


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def spawn(*arguments, **environment):
    return subprocess.Popen(
        [sys.executable, "-m", *map(str, arguments)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env=os.environ | {name: str(value) for name, value in environment.items()},
    )


def worker(address, folder, *options, **environment):
    options = ("--nthreads", 1, "--no-dashboard", "--local-directory", folder, *options)
    return spawn("distributed.cli.dask_worker", address, *options, **environment)


@pytest.fixture
def cluster(tmp_path):
    """A scheduler and two workers; yields its address and the list of workers, which may be killed and replaced."""
    address = f"tcp://127.0.0.1:{free_port()}"
    scheduler = spawn("distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", address.rpartition(":")[2],
                      "--no-dashboard", "--no-show", DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES=KILLS)  # fmt: skip
    workers = [worker(address, tmp_path / "dask") for _ in range(2)]
    wait_for(address, 2)
    yield address, workers
    for process in (*workers, scheduler):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_for(address, n_workers):
    from distributed import Client

    deadline = time.monotonic() + 60
    while True:
        try:
            with Client(address, timeout="5s", set_as_default=False) as client:
                client.wait_for_workers(n_workers, timeout=60)
                return
        except OSError:
            assert time.monotonic() < deadline


def test_a_worker_killed_five_times_loses_nothing(cluster, tmp_path):
    address, workers = cluster
    file, whole, out = tmp_path / "grid.toml", tmp_path / "whole", tmp_path / "out"
    file.write_text(GRID.replace("EPOCHS", "60"))
    assert grid(file, whole, "--jobs", 2, "--threads", 2).returncode == 0
    expected = outcomes(whole)
    process = start(file, out, "--scheduler", address, "--threads", 1)
    rng, kills, previous = random.Random(0), 0, 0
    while kills < KILLS and process.poll() is None:
        if (n_records := len(list(out.glob("*.json")))) == previous:  # no cell has ended since the last kill
            time.sleep(0.05)
            continue
        time.sleep(rng.uniform(0, 0.5))
        victim = kills % 2
        os.killpg(workers[victim].pid, signal.SIGKILL)
        workers[victim].wait()
        workers[victim] = worker(address, tmp_path / "dask")
        kills, previous = kills + 1, n_records
    _, stderr = process.communicate(timeout=300)
    assert process.returncode == 0, stderr
    assert kills == KILLS
    assert outcomes(out) == expected
    folder = ResultsFolder(out)
    for record in folder.read_all()[0]:
        assert set(record.metrics) <= set(folder.per_user(record)) | {"coverage@5", "coverage@10"}
        assert folder.model(record).provenance["hashbench"] == record.versions.hashbench
    again = grid(file, out)
    assert "  to train: 0 models" in again.stdout


def test_what_is_wrong_with_a_cluster_is_one_line(cluster, tmp_path):
    address, workers = cluster
    file, out = tmp_path / "grid.toml", tmp_path / "out"
    file.write_text(SMALL)
    nobody = grid(file, out, "--scheduler", f"tcp://127.0.0.1:{free_port()}")
    assert nobody.returncode == 2
    assert nobody.stderr.splitlines()[-1].startswith("Error: no Dask scheduler answers at tcp://127.0.0.1:")
    lacking = grid(file, out, "--scheduler", address, "--resources", "GPU")
    assert lacking.returncode == 2
    assert lacking.stderr.splitlines()[-1] == "Error: --resources must be such as GPU=1,MEMORY=8e9; got 'GPU'"
    unfit = grid(file, out, "--scheduler", address, "--resources", "GPU=1")
    assert unfit.returncode == 2
    assert unfit.stderr.splitlines()[-1] == (
        "Error: the cluster has no worker with GPU=1; dask worker ADDRESS --nthreads 1 --resources GPU=1 starts one"
    )
    workers.append(worker(address, tmp_path / "dask", HASHBENCH_PLUGINS=""))
    wait_for(address, 3)
    unlike = grid(file, out, "--scheduler", address)
    assert unlike.returncode == 2
    assert " lacks the plugin hashbench-" in unlike.stderr.splitlines()[-1]
    assert not list(out.glob("*.json"))
