"""Grids on a real Dask scheduler with real workers, on loopback."""

import random
import time

import pytest

from hashbench.results.store import ResultsFolder

from ..distributed.cluster import ALLOWED_FAILURES, free_port
from .process import grid, outcomes, start

pytest.importorskip("distributed")

N_KILLS = ALLOWED_FAILURES


def test_a_worker_killed_five_times_loses_nothing(cluster, whole_grid, tmp_path):
    file, _, expected = whole_grid
    out = tmp_path / "out"
    process = start(file, out, "--scheduler", cluster.address, "--threads", 1)
    rng, n_kills, previous = random.Random(0), 0, 0
    while n_kills < N_KILLS and process.poll() is None:
        if (n_records := len(list(out.glob("*.json")))) == previous:  # no cell has ended since the last kill
            time.sleep(0.05)
            continue
        time.sleep(rng.uniform(0, 0.5))
        cluster.kill_worker(0)
        cluster.start_worker()
        n_kills, previous = n_kills + 1, n_records
    _, stderr = process.communicate()
    assert process.returncode == 0, stderr
    assert n_kills == N_KILLS
    assert outcomes(out) == expected
    folder = ResultsFolder(out)
    for record in folder.read_all()[0]:
        assert set(record.metrics) <= set(folder.per_user(record)) | {"coverage@5", "coverage@10"}
        assert folder.model(record).provenance["hashbench"] == record.versions.hashbench
    again = grid(file, out)
    assert "  to train: 0 models" in again.stdout


def test_a_cluster_that_cannot_be_used_is_an_error_of_one_line(cluster, whole_grid, tmp_path):
    file, _, _ = whole_grid
    out = tmp_path / "out"
    unreachable = grid(file, out, "--scheduler", f"tcp://127.0.0.1:{free_port()}")
    assert unreachable.returncode == 2
    assert unreachable.stderr.splitlines()[-1].startswith("Error: no Dask scheduler answers at tcp://127.0.0.1:")
    malformed = grid(file, out, "--scheduler", cluster.address, "--resources", "GPU")
    assert malformed.returncode == 2
    assert malformed.stderr.splitlines()[-1] == "Error: --resources must be such as GPU=1,MEMORY=8e9; got 'GPU'"
    lacking = grid(file, out, "--scheduler", cluster.address, "--resources", "GPU=1")
    assert lacking.returncode == 2
    assert lacking.stderr.splitlines()[-1] == (
        "Error: the cluster has no worker with GPU=1; dask worker ADDRESS --nthreads 1 --resources GPU=1 starts one"
    )
    cluster.start_worker(HASHBENCH_PLUGINS="")
    cluster.wait()
    unlike = grid(file, out, "--scheduler", cluster.address)
    assert unlike.returncode == 2
    assert " lacks the plugin hashbench-" in unlike.stderr.splitlines()[-1]
    assert not list(out.glob("*.json"))
