"""Functions on the workers of a real cluster: their values, errors and events."""

import operator
import time
from concurrent.futures import CancelledError

import pytest

from hashbench.distributed.task_pool import FinishedTask, TaskPool, publish, worker_address
from hashbench.errors import HashbenchError

pytest.importorskip("distributed")


@pytest.fixture
def pool(cluster):
    pool = TaskPool(cluster.address, "--scheduler", {})
    yield pool
    pool.close()


def all_finished(pool, n_tasks):
    finished, deadline = [], time.monotonic() + 120
    while len(finished) < n_tasks and time.monotonic() < deadline:
        finished += pool.finished(timeout=1.0)
    return {task.key: task for task in finished}


def test_values_and_errors_come_back_by_the_key_of_their_task(pool):
    assert pool.n_free == 2
    pool.submit("sum", operator.add, 1, 2)
    pool.submit("ratio", operator.truediv, 1, 0)
    assert pool.n_free == 0
    finished = all_finished(pool, 2)
    assert finished["sum"] == FinishedTask("sum", 3)
    assert isinstance(finished["ratio"].error, ZeroDivisionError)
    assert pool.n_free == 2
    assert list(pool.finished(timeout=0.0)) == []


def test_events_of_tasks_arrive(pool):
    pool.submit("event", publish, ("half done", 0.5))
    pool.submit("address", worker_address)
    finished = all_finished(pool, 2)
    assert finished["address"].value.startswith("tcp://127.0.0.1:")
    events, deadline = [], time.monotonic() + 60
    while not events and time.monotonic() < deadline:
        events += pool.events()
        time.sleep(0.05)
    assert [tuple(event) for event in events] == [("half done", 0.5)]
    assert list(pool.events()) == []


def test_a_lost_connection_is_an_error_of_one_line(pool, monkeypatch):
    def cancelled(*arguments, **options):
        raise CancelledError

    pool.submit("sum", operator.add, 1, 2)
    monkeypatch.setattr(pool, "_wait", cancelled)
    with pytest.raises(HashbenchError, match="the connection to the Dask scheduler was lost"):
        list(pool.finished(timeout=1.0))


def test_workers_must_have_the_resources(cluster):
    with pytest.raises(HashbenchError) as caught:
        TaskPool(cluster.address, "--scheduler", {"GPU": 2, "MEMORY": 8e9})
    assert str(caught.value) == (
        "the cluster has no worker with GPU=2,MEMORY=8e+09; "
        "dask worker ADDRESS --nthreads 1 --resources GPU=2,MEMORY=8e+09 starts one"
    )
