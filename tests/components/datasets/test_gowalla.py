from __future__ import annotations

from pathlib import Path

import pytest

from hashbench.components.datasets.gowalla import Gowalla
from hashbench.protocols import LoadContext

from .laws import assert_an_id_outside_the_catalogue_is_an_error, load_real_data


@pytest.mark.parametrize(
    ("content", "line", "wrong", "ids"),
    [
        ("0 1\n1 40980\n2 40981\n", 3, "item '40981'", "0…40980"),
        ("0 1\n29858 1\n", 2, "user '29858'", "0…29857"),
    ],
)
def test_ids_outside_the_catalogue_are_an_error(
    ctx: LoadContext, content: str, line: int, wrong: str, ids: str
) -> None:
    assert_an_id_outside_the_catalogue_is_an_error(ctx, Gowalla(), "gowalla/train.txt", content, line, wrong, ids)


def test_real_data(real_data: Path) -> None:
    data, notes = load_real_data(real_data, Gowalla(), (29_858, 40_981, 1_027_370, 0))
    assert notes.lines == []
    assert len(data.published[1]) == 217_242
