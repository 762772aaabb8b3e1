"""Files for tests of readers: bad ones, and writers of good ones."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hashbench.components.datasets.files import File
from hashbench.errors import BadData, BadParameter, HashbenchError
from hashbench.protocols import LoadContext

SKIP = "give --skip-bad-rows to leave such rows out"
STRICT, LENIENT = LoadContext(), LoadContext(skip_bad_rows=True)
Pair = tuple[str, str]
Writer = Callable[[Path, list[Pair]], None]


def problem(path: str, content: bytes | str | None = None, ctx: LoadContext = STRICT, **parameters: str) -> str:
    """Write a file, and return the one line that reading it gives."""
    if content is not None:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(HashbenchError) as error:
        File(path, **parameters).load(ctx)  # type: ignore[arg-type]
    assert isinstance(error.value, BadData | BadParameter)
    assert error.value.exit_code == 2
    assert "\n" not in str(error.value)
    return str(error.value)


def write_quoted(separator: str) -> Writer:
    def write(path: Path, pairs: list[Pair]) -> None:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, delimiter=separator)
            writer.writerow(["timestamp", "user_id", "title", "item_id"])
            writer.writerows([[1, user, 'of "x", 1\nand 2', item] for user, item in pairs])

    return write


def write_inter(path: Path, pairs: list[Pair]) -> None:
    lines = ["user_id:token\titem_id:token\trating:float", *(f"{user}\t{item}\t4.0" for user, item in pairs)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_parquet(path: Path, pairs: list[Pair]) -> None:
    users, items = zip(*pairs, strict=True)
    pq.write_table(pa.table({"uid": users, "title": ["x"] * len(pairs), "iid": items}), path)


def write_rating(path: Path, pairs: list[Pair]) -> None:
    path.write_text("".join(f"{user}\t{item}\t1.0\t978300760\n" for user, item in pairs), encoding="utf-8")


def write_dat(path: Path, pairs: list[Pair]) -> None:
    text = "".join(f"{user}::{item}::5::978300760\n" for user, item in pairs)
    path.write_text(text, encoding="latin-1")


def write_adjacency(path: Path, pairs: list[Pair]) -> None:
    rows: dict[str, list[str]] = {}
    for user, item in pairs:
        rows.setdefault(user, []).append(item)
    path.write_text("".join(" ".join([user, *items]) + "\n" for user, items in rows.items()), encoding="utf-8")
