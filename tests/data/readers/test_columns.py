"""The columns of users and items: by a usual name, or as the user names them."""

from __future__ import annotations

from pathlib import Path

import pytest

from hashbench.components.datasets.files import File
from hashbench.protocols import LoadContext

from .sample_files import (
    problem,
)


def test_missing_columns() -> None:
    rows = "userr,thing,time\n1,2,3\n"
    assert problem("log.csv", rows) == (
        "log.csv: no column is called user, user_id or the like; it has userr, thing, time. Give user=COLUMN."
    )
    assert problem("log.csv", rows, user="user", item="thing") == (
        "log.csv: there is no column 'user'; it has userr, thing, time. Did you mean 'userr'?"
    )
    assert problem("log.csv", rows, user="userr") == (
        "log.csv: no column is called item, item_id or the like; it has userr, thing, time. Give item=COLUMN."
    )
    assert problem("log.csv", rows, user="time", item="time") == (
        "log.csv: user and item are both column 'time'; name two columns"
    )


@pytest.mark.parametrize(
    "header", ["userId,movieId", "UID,ISBN", "item_id,user_id", "用户ID,商品ID", "user,rating,ItemId"]
)
def test_customary_column_names(tmp_path: Path, header: str) -> None:
    path = tmp_path / "log.csv"
    width = header.count(",")
    path.write_text(f"{header}\n1{',2' * width}\n3{',4' * width}\n", encoding="utf-8")
    assert len(File(str(path)).load(LoadContext()).interactions) == 2


def test_columns_and_format_by_parameter(tmp_path: Path) -> None:
    path = tmp_path / "log.dump"
    path.write_text("who,what\na,x\na,y\n")
    data = File(str(path), user="who", item="what", format="csv").load(LoadContext())
    assert data.interactions.counts.tolist() == [2]
