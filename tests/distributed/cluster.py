"""A Dask cluster on loopback: a scheduler and workers, each a process that a test may kill."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time

import pytest

N_WORKERS = 2
ALLOWED_FAILURES = 5
"""How many workers may die of one task."""


class Cluster:
    """A scheduler and its workers."""

    def __init__(self, folder):
        self.folder = folder
        self.address = f"tcp://127.0.0.1:{free_port()}"
        port = self.address.rpartition(":")[2]
        arguments = ("--host", "127.0.0.1", "--port", port, "--no-dashboard", "--no-show")
        environment = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": ALLOWED_FAILURES}
        self.scheduler = spawn("distributed.cli.dask_scheduler", *arguments, **environment)
        self.workers = []

    def start_worker(self, **environment):
        """Start a worker; `wait` tells when it has joined."""
        arguments = ("--nthreads", 1, "--no-dashboard", "--local-directory", self.folder)
        self.workers.append(spawn("distributed.cli.dask_worker", self.address, *arguments, **environment))

    def kill_worker(self, index):
        """Kill a worker; the workers that were started after it have a lower index now."""
        end(self.workers.pop(index))

    def restore(self):
        """Start or kill workers until there are N_WORKERS."""
        while len(self.workers) > N_WORKERS:
            self.kill_worker(-1)
        while len(self.workers) < N_WORKERS:
            self.start_worker()
        self.wait()

    def wait(self):
        """Wait until the scheduler knows all workers that live, and no other."""
        from distributed import Client

        deadline = time.monotonic() + 120
        while True:
            with contextlib.suppress(OSError), Client(self.address, timeout="5s", set_as_default=False) as client:
                while len(client.scheduler_info(n_workers=-1)["workers"]) != len(self.workers):
                    assert time.monotonic() < deadline
                    time.sleep(0.1)
                return
            assert time.monotonic() < deadline

    def close(self):
        """Kill all processes."""
        for process in (*self.workers, self.scheduler):
            end(process)


@pytest.fixture(scope="session")
def cluster_of_session(tmp_path_factory):
    """One cluster for all tests of a session."""
    pytest.importorskip("distributed")
    cluster = Cluster(tmp_path_factory.mktemp("dask"))
    yield cluster
    cluster.close()


@pytest.fixture
def cluster(cluster_of_session):
    """The cluster of the session, with as many workers as it began with."""
    cluster_of_session.restore()
    return cluster_of_session


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def spawn(*arguments, **environment):
    return subprocess.Popen(
        [sys.executable, "-m", *map(str, arguments)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env=os.environ | {name: str(value) for name, value in environment.items()},
    )


def end(process):
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
