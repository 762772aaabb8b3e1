"""Results folders upgraded and packed: the same figures, under present names, and nothing lost on the way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hashbench.data.codes import Codes
from hashbench.protocols import Hashed
from hashbench.results import rewrite
from hashbench.results.cache import CachedModel
from hashbench.results.pack import pack_file
from hashbench.results.per_user import Hits
from hashbench.results.recompute import Recomputation
from hashbench.results.record import FORMAT
from hashbench.results.record_json import dumps, loads
from hashbench.results.rewrite import pack_folder, upgrade_folder
from hashbench.results.store import ResultsFolder
from hashbench.spec import identity

from .factory import a_failure, a_record

HITS = Hits(np.random.default_rng(0).random((30, 60)) < 0.2, np.arange(30) + 20)
VALUES = {name: Recomputation(HITS).values(name) for name in ("hr@50", "ndcg@50")}
MODEL = CachedModel(Hashed(Codes.from_signs(np.ones((4, 8)))), Hashed(Codes.from_signs(np.ones((4, 8)))), [], {})


FIELDS = {"phase_seconds": "seconds", "phase_memory_bytes": "memory_bytes"}


def write_old(folder: ResultsFolder, seed: int = 0) -> Path:
    """Write a record, its values and its model as format 2 had them, with ids that are hashes of its own spec."""
    record = a_record(seed=seed)
    data: dict[str, Any] = {FIELDS.get(name, name): value for name, value in json.loads(dumps(record)).items()}
    spec = {**data["spec"], "encoder": "sage:unit=true", "train_head": "with", "k": [50]}
    model_spec = {part: value for part, value in spec.items() if part not in ("retriever", "k")}
    data |= {"format": 2, "spec": spec, "train_head": "with"}
    data["resolved"] = {part: value for part, value in data["resolved"].items() if part != "k"}
    data |= {"run_id": identity(spec), "model_id": identity(model_spec), "latency": None}
    data["training"] = [
        {{"history": "curve"}.get(name, name): value for name, value in stage.items()} for stage in data["training"]
    ]
    named = a_record(seed=seed, run_id=data["run_id"], model_id=data["model_id"])
    file = folder.write(named, VALUES, HITS)
    file.write_text(json.dumps(data))
    folder.write_model(named.model_id, MODEL)
    return file


def contents(path: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in path.rglob("*") if file.is_file()}


def test_an_old_record_gets_its_present_name_and_keeps_values_and_model(tmp_path: Path) -> None:
    folder = ResultsFolder(tmp_path)
    old = write_old(folder)
    before = loads(old.read_text())
    (new,), problems = upgrade_folder(tmp_path)
    assert problems == []
    assert new != old
    assert sorted(file.name for file in tmp_path.iterdir() if file.is_file()) == [
        new.name,
        f"{new.stem}.users.parquet",
    ]
    (record,), _ = folder.read_all()
    assert record == before
    assert json.loads(new.read_text())["format"] == FORMAT
    assert record.run_id == identity(record.spec)
    assert record.spec["encoder"] == "sage:normalize=true"
    np.testing.assert_array_equal(folder.hits(record).is_hit, HITS.is_hit)
    for name, values in VALUES.items():
        np.testing.assert_array_equal(folder.per_user(record)[name], values)
    assert folder.model(record).items.codes is not None
    assert upgrade_folder(tmp_path) == ([], [])


@pytest.mark.parametrize("step", ["atomic_write", "read_file", "update", "unlink", "replace"])
def test_an_upgrade_that_is_stopped_loses_nothing_and_the_next_one_ends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    folder = ResultsFolder(tmp_path)
    files = [write_old(folder, seed) for seed in range(2)]
    before = [loads(file.read_text()) for file in files]

    def stop(*arguments: object, **options: object) -> None:
        raise KeyboardInterrupt

    target = {"update": ResultsFolder, "unlink": Path, "replace": Path}.get(step, rewrite)
    with monkeypatch.context() as patch:
        patch.setattr(target, step, stop)
        with pytest.raises(KeyboardInterrupt):
            upgrade_folder(tmp_path)
    records, problems = folder.read_all()
    assert problems == []
    assert {record.run_id for record in records} == {record.run_id for record in before}
    upgrade_folder(tmp_path)
    records, problems = folder.read_all()
    assert problems == []
    assert sorted(records, key=lambda record: record.seed) == before
    for record in records:
        np.testing.assert_array_equal(folder.hits(record).is_hit, HITS.is_hit)
    assert len(list(tmp_path.glob("*.json"))) == 2


def test_what_cannot_be_upgraded_is_left_as_it_was(tmp_path: Path) -> None:
    folder = ResultsFolder(tmp_path)
    old = write_old(folder)
    (tmp_path / "damaged.json").write_text("{")
    old.with_name(f"{old.stem}.users.parquet").write_bytes(b"damaged")
    before = contents(tmp_path)
    upgraded, problems = upgrade_folder(tmp_path)
    assert upgraded == []
    assert sorted(problem.file.name for problem in problems) == sorted(["damaged.json", old.name])
    assert contents(tmp_path) == before


def test_an_old_record_does_not_replace_a_later_writing_of_its_run(tmp_path: Path) -> None:
    folder = ResultsFolder(tmp_path)
    old = write_old(folder)
    record = loads(old.read_text())
    later = a_record(run_id=record.run_id, created="2027-01-01T00:00:00+00:00", encoder="sage:normalize=true")
    file = folder.write(later, {})
    upgraded, (problem,) = upgrade_folder(tmp_path)
    assert upgraded == []
    assert str(problem) == f"{old}: run {record.run_id} is also in {file}, written later"
    assert folder.read_all()[0] == [later]


def test_a_packed_folder_reads_as_the_one_it_was_made_of(tmp_path: Path) -> None:
    source, output = ResultsFolder(tmp_path / "own"), ResultsFolder(tmp_path / "packed")
    written = [a_record(seed=seed, split_fingerprint="f" * 64) for seed in range(3)]
    for record in written:
        source.write(record, VALUES, HITS)
    source.write(a_failure(seed=7), {})
    bare = source.write(a_record(seed=8), {})
    packs, problems = pack_folder(source.path, output.path)
    assert packs == [pack_file(output.path, written[0])]
    assert [problem.file for problem in problems] == [bare]
    assert sorted(output.read_all()[0], key=lambda record: record.seed) == written
    assert not list(output.path.glob("*.parquet"))
    for record in written:
        np.testing.assert_array_equal(output.hits(record).is_hit, HITS.is_hit)
        for name, values in output.per_user(record).items():
            np.testing.assert_array_equal(values, VALUES[name])


def test_packing_again_in_place_adds_what_is_new(tmp_path: Path) -> None:
    folder = ResultsFolder(tmp_path)
    records = [a_record(seed=seed, split_fingerprint="f" * 64) for seed in range(2)]
    for record in records:
        folder.write(record, VALUES, HITS)
        (pack,), problems = pack_folder(tmp_path, tmp_path)
        assert problems == []
    assert sorted(file.name for file in tmp_path.iterdir() if file.is_file()) == sorted(
        [pack.name, *(folder.file(record).name for record in records)]
    )
    for record in records:
        np.testing.assert_array_equal(folder.per_user(record)["ndcg@50"], VALUES["ndcg@50"])
