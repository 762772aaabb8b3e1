"""A search over two workers of a real Dask cluster gives the same records, also if a worker is killed."""

import numpy as np
import pytest

import hashbench
from hashbench.components.retrievers.hamming import Hamming
from hashbench.data.codes import Codes
from hashbench.data.interactions import Interactions
from hashbench.errors import HashbenchError
from hashbench.protocols import Hashed, RunContext
from hashbench.results.store import ResultsFolder

from ..cli.process import TINY

pytest.importorskip("distributed")
RUN = {"dataset": TINY, "encoder": "mf:dim=8", "head": "lsh:bits=8", "epochs": 1, "k": 5, "threads": 1}


def test_a_sharded_run_records_what_the_whole_one_does(cluster, tmp_path):
    address = cluster.address
    out = tmp_path / "out"
    whole = {record.retriever: record for record in hashbench.run(**RUN, out=out)}
    parts = {record.retriever: record for record in hashbench.run(**RUN, out=out, dask=address)}
    assert whole.keys() == parts.keys()
    assert len(ResultsFolder(out).read_all()[0]) == 6  # the runs on this machine are other runs, and stay
    for retriever, record in parts.items():
        assert record.metrics == whole[retriever].metrics
        assert record.ties == whole[retriever].ties
        assert record.model_id == whole[retriever].model_id
        assert f" --dask {address}" in record.command
        assert record.latency.backend == "2 shards on Dask"
        hits = ResultsFolder(out).hits(record)
        expected = ResultsFolder(out).hits(whole[retriever])
        np.testing.assert_array_equal(hits.is_hit, expected.is_hit)


def test_a_worker_that_is_killed_between_two_searches_costs_only_time(cluster):
    from hashbench.distributed.sharded_index import DaskShards

    rng, ctx = np.random.default_rng(0), RunContext(0)
    items, queries = (Hashed(Codes.from_signs(rng.standard_normal((n, 32)))) for n in (999, 7))
    nothing = Interactions.empty(7, 999)
    expected = Hamming().build(items, ctx).search(queries, 10, nothing)
    shards = DaskShards(cluster.address)
    index = shards.build(Hamming(), items, ctx)
    for killed in (False, True, True):
        if killed:
            cluster.kill_worker(0)
        ranking = index.search(queries, 10, nothing)
        np.testing.assert_array_equal(ranking.items, expected.items)
        np.testing.assert_array_equal(ranking.scores, expected.scores)
        if killed:
            cluster.start_worker()
            cluster.wait()
    shards.close()


def test_what_cannot_be_sharded_is_said_before_anything_is_trained():
    pytest.importorskip("hashbench_faiss")
    with pytest.raises(HashbenchError, match="retriever 'faiss_binary_ivf' cannot be spread over workers"):
        hashbench.run(**RUN, retrievers="faiss_binary_ivf", dask="tcp://127.0.0.1:1")
