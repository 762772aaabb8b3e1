"""Packs: what goes in comes out, bit by bit, and small."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hashbench.errors import BadRecord
from hashbench.results.pack import Pack, PackedRun, find_pack, pack_file, write_pack
from hashbench.results.per_user import Hits, TieGroups
from hashbench.results.recompute import METRICS, Recomputation
from hashbench.results.record import RunRecord
from hashbench.results.store import ResultsFolder

from .factory import a_failure, a_record

NAMES = [f"{name}@{k}" for name in METRICS for k in (3, 12)]


def random_hits(n_users: int, k: int, seed: int, ties: bool = False, short: bool = False) -> Hits:
    """Draw hits; with ties, groups whose last one goes on beyond rank k; with short, rankings of fewer than k items."""
    rng = np.random.default_rng(seed)
    ranked = rng.integers(1, k + 1, n_users) if short else None
    is_hit = rng.random((n_users, k)) < 0.3
    if ranked is not None:
        is_hit &= np.arange(k) < ranked[:, None]
    groups = None
    if ties:
        starts = rng.random((n_users, k)) < 0.4
        starts[:, 0] = True
        first = k - 1 - np.argmax(starts[:, ::-1], axis=1)
        in_last = (is_hit & (np.arange(k) >= first[:, None])).sum(axis=1)
        beyond = rng.integers(0, 5, n_users)
        groups = TieGroups(starts, k - first + beyond, in_last + np.minimum(beyond, 1))
    missing = np.zeros(n_users, np.int64) if groups is None else groups.last_relevant
    return Hits(is_hit, is_hit.sum(axis=1) + missing + rng.integers(0, 3, n_users), ranked, groups)


def a_run(hits: Hits, seed: int = 0, **changes: np.ndarray) -> PackedRun:
    values = {name: Recomputation(hits).values(name) for name in NAMES}
    return PackedRun(a_record(seed=seed, split_fingerprint="f" * 64), {**values, **changes}, hits)  # type: ignore[arg-type]


@settings(max_examples=25)
@given(
    n_users=st.integers(1, 40), k=st.integers(12, 30), seed=st.integers(0, 2**32 - 1), ties=st.booleans(),
    short=st.booleans(),
)  # fmt: skip
def test_values_and_hits_come_back_bit_by_bit(
    tmp_path_factory: pytest.TempPathFactory, n_users: int, k: int, seed: int, ties: bool, short: bool
) -> None:
    run = a_run(random_hits(n_users, k, seed, ties, short))
    file = tmp_path_factory.mktemp("results") / "pack"
    write_pack(file, [run])
    pack = Pack(file)
    stored = pack.hits(run.record.run_id)
    for written, read in zip((*run.hits[:3], *(run.hits.ties or ())), (*stored[:3], *(stored.ties or ())), strict=True):
        np.testing.assert_array_equal(read, written)
    values = pack.values(run.record.run_id)
    assert list(values) == NAMES
    for name in NAMES:
        assert values[name].dtype == np.float32
        np.testing.assert_array_equal(values[name].view(np.uint32), np.asarray(run.values[name]).view(np.uint32))


def test_values_that_do_not_follow_from_hits_are_kept(tmp_path: Path) -> None:
    hits = random_hits(50, 12, 0)
    odd = Recomputation(hits).values("hr@12")
    assert odd is not None
    odd[[3, 7]] = 0.125, np.nan
    own = np.linspace(0, 1, 50, dtype=np.float32)
    run = a_run(hits, **{"hr@12": odd, "novelty@12": own})
    write_pack(tmp_path / "pack", [run])
    values = Pack(tmp_path / "pack").values(run.record.run_id)
    np.testing.assert_array_equal(values["hr@12"], odd)
    np.testing.assert_array_equal(values["novelty@12"], own)
    assert len(values) == len(NAMES) + 1
    with pytest.raises(KeyError):
        values["hr@7"]


def test_similar_hits_are_stored_as_their_difference(tmp_path: Path) -> None:
    hits = random_hits(400, 100, 1)
    is_hit = hits.is_hit.copy()
    is_hit[5] = ~is_hit[5]
    other = Hits(is_hit, hits.n_relevant)
    first, second = PackedRun(a_record(seed=0), {}, hits), PackedRun(a_record(seed=1), {}, other)
    write_pack(tmp_path / "one", [first])
    write_pack(tmp_path / "both", [first, second])
    pack = Pack(tmp_path / "both")
    assert pack.runs[second.record.run_id]["base"] == first.record.run_id
    np.testing.assert_array_equal(pack.hits(second.record.run_id).is_hit, is_hit)
    assert (tmp_path / "both").stat().st_size < 1.2 * (tmp_path / "one").stat().st_size


def test_runs_of_other_test_items_are_refused(tmp_path: Path) -> None:
    hits = random_hits(5, 12, 0)
    runs = [PackedRun(a_record(seed=seed), {}, hits._replace(n_relevant=hits.n_relevant + seed)) for seed in (0, 1)]
    with pytest.raises(BadRecord, match="has other test items than run"):
        write_pack(tmp_path / "pack", runs)
    assert not (tmp_path / "pack").exists()


def packed_folder(folder: Path, run: PackedRun) -> ResultsFolder:
    results = ResultsFolder(folder)
    results.update(run.record)
    write_pack(packed(folder, run.record), [run])
    return results


def packed(folder: Path, record: RunRecord) -> Path:
    file = pack_file(folder, record)
    assert file is not None
    return file


def test_a_results_folder_reads_its_own_file_first_then_the_pack(tmp_path: Path) -> None:
    run = a_run(random_hits(9, 12, 0))
    folder = packed_folder(tmp_path, run)
    record = run.record
    np.testing.assert_array_equal(folder.hits(record).is_hit, run.hits.is_hit)
    np.testing.assert_array_equal(folder.per_user(record)["ndcg@12"], run.values["ndcg@12"])
    folder.write(record, {"hr@12": np.zeros(9, np.float32)})
    assert folder.per_user(record)["hr@12"].tolist() == [0.0] * 9


def test_a_pack_of_another_writing_is_not_read(tmp_path: Path) -> None:
    run = a_run(random_hits(9, 12, 0))
    folder = packed_folder(tmp_path, run)
    again = a_record(seed=0, split_fingerprint="f" * 64, created="2026-12-01T00:00:00+00:00")
    assert again.run_id == run.record.run_id
    for record in (again, a_record(seed=5, split_fingerprint="f" * 64), a_record(seed=0), a_failure(data=None)):
        assert find_pack(tmp_path, record) is None
        with pytest.raises(BadRecord, match=r"users\.parquet: the per-user values of run .* are missing; run it again"):
            folder.per_user(record)


@pytest.mark.parametrize("content", [b"", b"no zip file at all" * 100])
def test_a_damaged_pack_says_so(tmp_path: Path, content: bytes) -> None:
    run = a_run(random_hits(9, 12, 0))
    folder = packed_folder(tmp_path, run)
    file = packed(tmp_path, run.record)
    file.write_bytes(content)
    with pytest.raises(BadRecord, match=rf"{file.name}: damaged \("):
        folder.hits(run.record)


def test_a_pack_cut_or_changed_anywhere_is_damaged_and_never_wrong(tmp_path: Path) -> None:
    run = a_run(random_hits(9, 12, 0))
    file = tmp_path / "pack"
    write_pack(file, [run])
    content = file.read_bytes()
    for place in range(0, len(content), 41):
        for damaged in (content[:place], content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :]):
            file.write_bytes(damaged)
            try:
                is_hit = Pack(file).hits(run.record.run_id).is_hit
            except (BadRecord, KeyError):
                continue
            np.testing.assert_array_equal(is_hit, run.hits.is_hit)
