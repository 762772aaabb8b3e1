"""Search latency measured again: of a run's stored codes and of a random catalogue, and what stays in a record."""

import pytest

from hashbench.errors import BadRecord
from hashbench.pipeline.retime import N_USERS, RandomCatalogue, time_random_codes, time_record
from hashbench.pipeline.run import run
from hashbench.protocols import LoadContext, RunContext
from hashbench.results.store import ResultsFolder

from .small import small_execution, small_plan


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    return tmp_path_factory.mktemp("results")


@pytest.fixture(scope="module")
def record(out):
    (made,) = run(small_plan(), small_execution(out))
    return made


def test_a_record_keeps_the_time_of_encoding(record, out):
    timing = time_record(record, ResultsFolder(out), LoadContext(), RunContext())
    assert timing.latency.stages.encode_ms is None
    updated = timing.updated(record)
    assert updated.latency.p50_ms == timing.latency.p50_ms
    assert updated.latency.stages.encode_ms == record.latency.stages.encode_ms is not None
    assert timing.latency.stages.encode_ms is None
    assert (updated.run_id, updated.metrics, updated.index_bytes) == (record.run_id, record.metrics, timing.index_bytes)


def test_a_failed_run_and_other_data_are_refused(record, out):
    failed, other = record.model_copy(), record.model_copy(deep=True)
    failed.status, other.data.split_fingerprint = "failed", "0" * 64
    for refused, message in ((failed, "failed, so it has nothing to time"), (other, "used other data")):
        with pytest.raises(BadRecord, match=message):
            time_record(refused, ResultsFolder(out), LoadContext(), RunContext())


@pytest.mark.parametrize("bits", [8, 20])
def test_a_random_catalogue_has_the_sizes_that_are_asked_for(bits):
    search = RandomCatalogue(items=500, bits=bits, seen=3).search(RunContext())
    assert (len(search.users), len(search.items), search.items.codes.n_bits) == (N_USERS, 500, bits)
    assert search.items.embeddings.shape == (500, bits)


def test_a_random_catalogue_depends_on_the_seed_alone():
    catalogue = RandomCatalogue(items=50, bits=8, seen=3)
    first, same, other = (catalogue.search(RunContext(seed)).items.codes.packed for seed in (0, 0, 1))
    assert (first == same).all()
    assert (first != other).any()


def test_each_retriever_is_timed():
    catalogue = RandomCatalogue(items=200, bits=16, seen=3)
    timings = time_random_codes(catalogue, ("continuous", "hamming"), 5, RunContext())
    assert [timing.retriever for timing in timings] == ["continuous", "hamming"]
    assert timings[0].bytes_per_item == 16 * 4
    assert all(timing.bytes_per_item == timing.index_bytes / 200 for timing in timings)
    assert all(timing.latency.k == 5 for timing in timings)
    assert all(0 < timing.latency.p50_ms <= timing.latency.p99_ms for timing in timings)
