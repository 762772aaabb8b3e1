"""Records are chosen by a condition."""

from __future__ import annotations

from pathlib import Path

from .heads import rows


def test_records_are_chosen_by_a_condition(folder: Path) -> None:
    assert [row["head"] for row in rows(folder, "--where", "bits == 64")] == ["hashnet"]
    assert [row["head"] for row in rows(folder, "--where", 'hr@50 < 0.6 and head != "lsh"')] == ["sign_ste"]
    assert {row["seed"] for row in rows(folder, "--where", "seed == 1")} == {1}
