"""`hashbench inspect` on real runs of the embedded data set."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import hashbench
from hashbench.cli.inspect import inspect
from hashbench.errors import BadRecord, HashbenchError, UnknownName
from hashbench.protocols import Hashed
from hashbench.results.record import CodeSummary, RunRecord
from hashbench.results.store import ResultsFolder

from .process import TINY
from .process import hashbench as process


def a_run(out: Path, head: str, **changes: object) -> RunRecord:
    options = {"encoder": "mf:dim=8", "dataset": TINY, "epochs": 1, "k": (5, 10), "retrievers": "continuous"}
    return hashbench.run(head=head, out=out, **(options | changes))[0]


def call(*arguments: object) -> Result:
    return CliRunner().invoke(inspect, list(map(str, arguments)), env={"COLUMNS": "80"})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("results")


@pytest.fixture(scope="module")
def coded(folder: Path) -> RunRecord:
    return a_run(folder, "guided_ste:bits=16")


def test_the_page(folder: Path, coded: RunRecord) -> None:
    result = call(coded.run_id[:6], "--results", folder)
    assert result.exit_code == 0, result.exception
    lines = result.stdout.splitlines()
    assert lines[:4] == [
        "Model",
        "  model            mf + guided_ste, 16 bits",
        "  data set         synthetic, split ratio, seed 0",
        f"  id               {coded.model_id} (run {coded.run_id})",
    ]
    assert "Codes of 50 items" in lines
    assert "Codes of 60 users" in lines
    assert lines.count("  signs            every bit is the sign of its embedding value") == 2
    assert "  between          60 users and all items, seen ones too: 3,000 pairs" in lines
    assert [line.split()[1] for line in lines if line.startswith("  rank")] == ["5", "10"]
    assert lines[-3:] == ["Bytes per item", "  codes            2", "  with embeddings  66"]
    assert max(map(len, lines)) <= 80
    assert call(coded.run_id, "--results", folder).stdout == result.stdout


def test_json_is_a_summary_that_can_be_read_back(folder: Path, coded: RunRecord) -> None:
    result = call(coded.run_id, "--results", folder, "--format", "json")
    summary = json.loads(result.stdout)
    assert {name: summary[name] for name in ("run_id", "model_id", "head")} == {
        "run_id": coded.run_id,
        "model_id": coded.model_id,
        "head": "guided_ste",
    }
    codes = CodeSummary.model_validate(summary["codes"])
    assert (codes.n_bits, codes.items.n, codes.sampled_users) == (16, 50, 60)
    assert codes.distances is not None
    assert len(codes.distances) == 17
    assert [place.k for place in codes.places] == [5, 10]


def test_embeddings_that_the_code_was_not_made_from_are_named(tmp_path: Path) -> None:
    """LSH keeps the encoder's embeddings: of as many values as bits, they agree by chance alone."""
    record = a_run(tmp_path, "lsh:bits=8")
    shown = call(record.run_id, "--results", tmp_path).stdout
    assert "the codes are not made from these values" in " ".join(shown.split())


def test_a_run_without_codes_is_one_clear_line(folder: Path) -> None:
    record = a_run(folder, "continuous")
    ended = process("inspect", record.run_id, "--results", folder)
    message = f"Run {record.run_id} has no codes to inspect: its hash head 'continuous' gives none."
    assert ended.stderr == f"Error: {message}\n"
    assert ended.stdout == ""
    assert ended.returncode == 2


def test_codes_that_are_gone_damaged_or_no_codes(tmp_path: Path) -> None:
    record = a_run(tmp_path, "lsh:bits=16")
    (file,) = (tmp_path / "models").glob("*.safetensors")
    model = ResultsFolder(tmp_path).model(record)
    written = file.read_bytes()

    def error() -> str:
        result = call(record.run_id, "--results", tmp_path)
        assert isinstance(result.exception, HashbenchError)
        assert result.exception.exit_code == 2
        assert result.stdout == ""
        text = str(result.exception)
        assert "\n" not in text
        return text

    for damaged in (b"", written[: len(written) // 2], b"no safetensors" * 10):
        file.write_bytes(damaged)
        assert error().startswith(f"{file}: damaged (")
    file.unlink()
    assert error() == f"{file}: the codes of run {record.run_id} are not there; make them: {record.command}"
    without_codes = replace(model, items=Hashed(embeddings=model.items.embeddings))
    ResultsFolder(tmp_path).write_model(record.model_id, without_codes)
    assert error() == f"Run {record.run_id} has no codes to inspect: its hash head 'lsh' gives none."


def test_a_run_that_is_not_there(folder: Path, coded: RunRecord) -> None:
    result = call("xyz", "--results", folder)
    assert isinstance(result.exception, UnknownName)
    assert call("xyz", "--results", folder / "no").exception is not None
    (folder / "damaged.json").write_text("{}")
    assert isinstance(call(folder / "damaged.json", "--results", folder).exception, BadRecord)


def test_the_command_is_listed_and_imports_nothing_heavy() -> None:
    code = "import sys, hashbench.cli; print(*hashbench.cli.cli.commands); print(*sys.modules)"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    commands, loaded = ended.stdout.splitlines()
    assert "inspect" in commands.split()
    assert not {"numpy", "numba", "pydantic", "torch"} & set(loaded.split())
