"""What a measurement of latency reports."""

import numpy as np
import pytest

from hashbench.components.retrievers.hamming import Hamming
from hashbench.components.retrievers.hierarchical import Hierarchical
from hashbench.data.codes import Codes
from hashbench.data.interactions import Interactions
from hashbench.evaluation.latency import BATCH_SIZE, SINGLE_QUERIES, measure
from hashbench.evaluation.ranking import Search
from hashbench.protocols import Hashed, RunContext


def search(n_users):
    rng = np.random.default_rng(0)
    values = [rng.standard_normal((n, 16)).astype(np.float32) for n in (n_users, 100)]
    users, items = (Hashed(Codes.from_signs(value), value) for value in values)
    truth = Interactions.from_pairs(np.arange(n_users), np.zeros(n_users, int), n_users, 100)
    return Search(users, items, Interactions.empty(n_users, 100), truth)


@pytest.mark.parametrize("n_users", [7, 300])
def test_at_most_so_many_users_are_asked(n_users):
    task = search(n_users)
    latency = measure(Hamming().build(task.items, RunContext()), task, 10, RunContext())
    assert latency.queries == min(n_users, SINGLE_QUERIES)
    assert latency.batch_size == min(n_users, BATCH_SIZE)
    assert latency.p50_ms <= latency.p95_ms <= latency.p99_ms
    assert latency.k == 10
    assert latency.repeat_spread >= 1
    assert latency.stages.rerank_ms is None
    assert latency.stages.encode_ms is None


def test_stages_and_encoding_are_timed_apart():
    task, encoded = search(20), []
    index = Hierarchical(20).build(task.items, RunContext())
    latency = measure(index, task, 10, RunContext(), encoded.append)
    assert latency.stages.search_ms > 0
    assert latency.stages.rerank_ms >= 0
    assert latency.stages.encode_ms >= 0
    assert {users.size for users in encoded} == {1}
    assert {int(users[0]) for users in encoded} == set(range(20))
