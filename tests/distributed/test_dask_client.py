"""The connection to a cluster, and what keeps its workers from standing in for this process."""

import pytest

from hashbench.distributed import dask_client
from hashbench.distributed.dask_client import connect
from hashbench.errors import HashbenchError

from .cluster import free_port

pytest.importorskip("distributed")


def test_a_cluster_with_the_same_versions_is_connected_to(cluster):
    client = connect(cluster.address, "--scheduler")
    assert len(client.nthreads()) == 2
    client.close()


def test_an_address_without_a_scheduler_is_an_error(monkeypatch):
    monkeypatch.setattr(dask_client, "TIMEOUT", "1s")
    address = f"tcp://127.0.0.1:{free_port()}"
    with pytest.raises(HashbenchError, match=f"no Dask scheduler answers at {address}"):
        connect(address, "--dask")


@pytest.mark.parametrize(
    ("versions", "problem"),
    [
        ({"hashbench": "0.0.1"}, "worker w has hashbench 0.0.1, but this process has 2; install the same version"),
        (
            {"hashbench": "2"},
            "worker w lacks the plugin some-plugin 1; install it there, or leave it out with HASHBENCH_PLUGINS",
        ),
        (OSError("no hashbench"), "worker w cannot run hashbench: no hashbench; install hashbench there"),
        ({"hashbench": "2", "some-plugin": "1", "another": "3"}, None),
    ],
)
def test_workers_must_have_the_versions_of_this_process(versions, problem, monkeypatch):
    class Client:
        def run(self, function, on_error):
            return {"w": versions}

    monkeypatch.setattr(dask_client, "_versions", lambda: {"hashbench": "2", "some-plugin": "1"})
    assert dask_client._worker_problem(Client()) == problem
