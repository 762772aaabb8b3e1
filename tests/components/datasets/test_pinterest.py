from __future__ import annotations

from pathlib import Path

import pytest

from hashbench.components.datasets.pinterest import Pinterest
from hashbench.protocols import LoadContext

from .laws import load_real_data, notes_of, write


@pytest.mark.parametrize("folder", ["pinterest/", ""])
def test_as_ncf_publishes_it(ctx: LoadContext, folder: str) -> None:
    write(ctx, f"{folder}pinterest-20.train.rating", "0\t0\t1\t1\n0\t1\t1\t1\n0\t1\t1\t1\n1\t2\t1\t1\n")
    write(ctx, f"{folder}pinterest-20.test.rating", "0\t2\t1\t1\n1\t2\t1\t1\n")
    data = Pinterest().load(ctx)
    assert data.published is not None
    assert [part.counts.tolist() for part in data.published] == [[2, 1], [1, 0]]
    assert data.merged == 2
    assert notes_of(ctx) == [
        "pinterest: this copy has 2 users, 3 items and 6 rows, the publisher's 55,187 users, 9,916 items and 1,500,809 "
        "rows; say so when you compare results"
    ]


def test_real_data(real_data: Path) -> None:
    _, notes = load_real_data(real_data, Pinterest(), (37_501, 9_836, 1_000_154, 25_555))
    assert [note.split(",")[0] for note in notes.lines] == ["pinterest: this copy has 37"]
