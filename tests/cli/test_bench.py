"""`hashbench bench`: stored codes, random ones, and what cannot be timed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import hashbench
from hashbench.results.record import RunRecord
from hashbench.results.store import ResultsFolder

from .in_process import hashbench as command
from .process import TINY
from .process import hashbench as process


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("results")


@pytest.fixture(scope="module")
def records(folder: Path) -> list[RunRecord]:
    return hashbench.run(
        encoder="mf:dim=8", head="guided_ste:bits=16", dataset=TINY, epochs=1, k=(5, 10), out=folder, threads=1
    )


def test_runs_are_timed_without_training(folder: Path, records: list[RunRecord]) -> None:
    result = process("bench", *(record.run_id for record in records), "--results", folder, "--format", "json")
    assert result.returncode == 0, result.stderr
    timed = json.loads(result.stdout)
    assert [timing["retriever"] for timing in timed] == ["continuous", "hierarchical", "hamming"]
    for timing, record in zip(timed, records, strict=True):
        times = timing["latency"]
        assert 0 < times["p50_ms"] <= times["p95_ms"] <= times["p99_ms"]
        assert times["k"] == 10
        assert timing["bytes_per_item"] == record.bytes_per_item
    assert timed[0]["latency"]["backend"] in {"blas", "faiss"}
    assert [timing["latency"]["stages"]["rerank_ms"] is not None for timing in timed] == [False, True, False]
    assert {file.stat().st_mtime_ns for file in folder.glob("*.parquet")}


def test_saving_changes_the_latency_and_nothing_else(folder: Path, records: list[RunRecord]) -> None:
    run = records[2].run_id
    result = command("bench", run, "--results", folder, "--save")
    assert result.returncode == 0, result.stderr
    assert "k = 10" in result.stdout
    saved = ResultsFolder(folder).find(run)
    assert saved.latency.p50_ms != records[2].latency.p50_ms
    assert saved.latency.stages.encode_ms == records[2].latency.stages.encode_ms is not None
    assert saved.model_copy(update={"latency": None}) == records[2].model_copy(update={"latency": None})
    assert ResultsFolder(folder).per_user(saved).keys() == saved.metrics.keys()


def test_a_random_catalogue_needs_no_model() -> None:
    result = command("bench", "--synthetic", "items=5000,bits=20,seen=3", "--k", "7", "--threads", "1")
    assert result.returncode == 0, result.stderr
    rows = [line.split() for line in result.stdout.splitlines()[2:5]]
    assert [(row[0], row[-1]) for row in rows] == [("continuous", "80"), ("hierarchical", "83.2"), ("hamming", "3.2")]


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ((), "bench needs either runs (hashbench compare results/ shows their ids) or --synthetic"),
        (("--synthetic", "items=0"), "items"),
        (("--synthetic", "things=3"), "things"),
        (("--synthetic", "items=10", "--retriever", "hammin"), "Did you mean 'hamming'"),
    ],
)
def test_bad_input_is_one_line(arguments: tuple[str, ...], line: str) -> None:
    result = command("bench", *arguments)
    assert result.returncode == 2
    assert line in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_model_that_is_not_there(tmp_path: Path, folder: Path, records: list[RunRecord]) -> None:
    for file in folder.glob("*hamming*.json"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    result = command("bench", records[2].run_id, "--results", tmp_path)
    assert result.returncode == 2
    assert "are not there; make them: hashbench run" in result.stderr
