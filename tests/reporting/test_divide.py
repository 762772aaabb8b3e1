"""What is never ranked together."""

from __future__ import annotations

from hashbench.reporting.build_tables import comparison_tables
from hashbench.results.record import RunRecord

from ..results.factory import a_failure, a_record
from .tables import hr, only, values


def test_data_of_one_name_and_two_fingerprints_are_never_ranked_together() -> None:
    first, other = a_record(fingerprint="a" * 64), a_record(fingerprint="b" * 64, seed=1)
    groups = comparison_tables([first, other])
    assert [[row.record for row in group.rows] for group in groups] == [[first], [other]]
    tail = "which differs from the other ml-1m"
    head = "ml-1m · split ratio · 6040 users × 3706 items · data "
    assert [group.title for group in groups] == [f"{head}aaaaaaaa, {tail}", f"{head}bbbbbbbb, {tail}"]


def test_splits_are_never_ranked_together() -> None:
    groups = comparison_tables(
        [a_record(split="ratio"), a_record(split="ratio:train=0.8"), a_record(split="leave_one_out")]
    )
    assert [group.title.split(" · ")[1] for group in groups] == [
        "split leave_one_out",
        "split ratio",
        "split ratio:train=0.8",
    ]
    assert [len(group.rows) for group in groups] == [1, 1, 1]


def test_seeds_of_one_split_are_ranked_together() -> None:
    records = [a_record(seed=seed) for seed in (0, 1, 2)]
    assert len({record.data.split_fingerprint for record in records if record.data}) == 3
    group = only(comparison_tables(records))
    assert sorted(values(group, "seed")) == [0, 1, 2]


def test_a_record_without_a_fingerprint_is_ranked_with_no_other() -> None:
    groups = comparison_tables([a_record(), a_record(data=None, retriever="continuous")])
    assert [len(group.rows) for group in groups] == [1, 1]


def test_one_seed_with_two_split_fingerprints_is_divided() -> None:
    first, other = a_record(split_fingerprint="a" * 64), a_record(split_fingerprint="b" * 64, retriever="continuous")
    groups = comparison_tables([first, other])
    assert [group.title.split(" · ")[-1] for group in groups] == [
        "split fingerprint aaaaaaaa, which differs from the other of one seed",
        "split fingerprint bbbbbbbb, which differs from the other of one seed",
    ]
    assert values(groups[0], "speed_up") == [None]


def test_failed_records_are_listed_with_their_group_and_never_ranked(three: list[RunRecord]) -> None:
    early = a_failure(seed=5, data=None, error="no space left")
    late = a_failure(seed=6, metrics=hr(0.9))
    group = only(comparison_tables([early, *three, late]))
    assert len(group.rows) == 4
    assert list(group.failed) == [late, early]
    assert list(only(comparison_tables([early, late])).failed) == [late, early]
    alone = only(comparison_tables([early]))
    assert (alone.title, alone.rows, alone.failed) == ("ml-1m · split ratio", (), (early,))
