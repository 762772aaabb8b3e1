"""What may be deleted: failed and damaged files on request, with their values, and values that lost their record."""

import os

import numpy as np
import pytest

from hashbench.results.per_user import SUFFIX
from hashbench.results.prune import prunable
from hashbench.results.store import ABANDONED, ResultsFolder

from .factory import a_failure, a_record


@pytest.fixture
def folder(tmp_path):
    folder = ResultsFolder(tmp_path)
    folder.write(a_record(), {"hr@50": np.ones(3)})
    folder.write(a_failure(seed=1), {})
    return folder


def test_nothing_is_deleted_that_was_not_asked_for(folder):
    assert prunable(folder.path, failed=False, damaged=False) == {}


def test_failed_records_are_deleted_on_request(folder):
    assert prunable(folder.path, failed=True, damaged=False) == {
        folder.file(a_failure(seed=1)): f"run {a_failure(seed=1).run_id[:8]} failed: {a_failure().error}"
    }


def test_a_chosen_run_takes_its_values_along(folder):
    file = folder.file(a_record())
    reasons = prunable(folder.path, failed=False, damaged=False, runs=[a_record().run_id])
    assert reasons == {
        file: f"run {a_record().run_id[:8]} was chosen",
        file.with_name(file.stem + SUFFIX): f"values of {file.name}",
    }


def test_a_damaged_file_is_deleted_and_a_newer_one_is_spared(folder):
    damaged, newer = folder.path / "damaged.json", folder.path / "newer.json"
    damaged.write_text("{")
    newer.write_text('{"format": 99, "run_id": "x"}')
    assert list(prunable(folder.path, failed=False, damaged=True)) == [damaged]


def test_values_without_a_record_are_deleted_once_they_are_old(folder):
    folder.file(a_record()).unlink()
    values = folder.file(a_record()).with_suffix("").with_name(folder.file(a_record()).stem + SUFFIX)
    assert prunable(folder.path, failed=False, damaged=False) == {}
    old = values.stat().st_mtime - 2 * ABANDONED
    os.utime(values, (old, old))
    assert prunable(folder.path, failed=False, damaged=False) == {values: "values without a record"}
