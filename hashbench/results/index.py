"""An index of a results folder: one flat row per record, so that listing many does not read each file again.

It is a cache and can be deleted at any time. A file whose size or time has changed is read again. If the index is
damaged or cannot be written, all files are read.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hashbench.errors import BadRecord
from hashbench.results.record import FORMAT, RunRecord
from hashbench.results.store import Problem, read_file

NAME = "index.sqlite"
VERSION = f"{FORMAT}.1"
"""Rows of another version are read again."""


@dataclass(frozen=True)
class Indexed:
    """A record's file and its flat row."""

    file: Path
    row: dict[str, Any]


def rows_of(folder: Path, flat: Callable[[RunRecord], dict[str, Any]]) -> tuple[list[Indexed], list[Problem]]:
    """Return a row for each record of a folder, in the order of file names, and the files that are none."""
    with os.scandir(folder) as entries:
        files = sorted(
            (entry.name, entry) for entry in entries if entry.name.endswith(".json") and entry.name[0] != "."
        )
    indexed_rows = _load(folder)
    indexed: list[Indexed] = []
    problems: list[Problem] = []
    fresh: dict[str, tuple[str, str]] = {}
    for name, entry in files:
        file = folder / name
        with suppress(OSError):
            status = entry.stat()
            stamp = f"{status.st_mtime_ns} {status.st_size}"
            old_stamp, text = indexed_rows.get(name, ("", ""))
            if old_stamp != stamp:
                text = _text(file, flat)
                if '"problem": "cannot be read' not in text:  # the reason may pass without a change of the file
                    fresh[name] = stamp, text
            row = json.loads(text)
            if "problem" in row:
                problems.append(Problem(file, row["problem"]))
            else:
                indexed.append(Indexed(file, row))
    gone = indexed_rows.keys() - dict(files).keys()
    if fresh or gone:
        _store(folder, fresh, gone)
    return indexed, problems


def _text(file: Path, flat: Callable[[RunRecord], dict[str, Any]]) -> str:
    try:
        return json.dumps(flat(read_file(file)))
    except BadRecord as error:
        return json.dumps({"problem": str(error).removeprefix(f"{file}: ")})


def _load(folder: Path) -> dict[str, tuple[str, str]]:
    with suppress(sqlite3.Error, OSError), closing(_connect(folder)) as index:
        return {name: (stamp, text) for name, stamp, text in index.execute("select file, stamp, row from rows")}
    return {}


def _store(folder: Path, fresh: dict[str, tuple[str, str]], gone: set[str]) -> None:
    with suppress(sqlite3.Error, OSError), closing(_connect(folder)) as index, index:
        index.executemany("delete from rows where file = ?", [(name,) for name in gone])
        rows = [(name, stamp, text) for name, (stamp, text) in fresh.items()]
        index.executemany("insert or replace into rows values (?, ?, ?)", rows)


def _connect(folder: Path) -> sqlite3.Connection:
    """Open the index. A damaged one, or one of another version, is replaced."""
    file = folder / "models" / NAME
    file.parent.mkdir(exist_ok=True)
    try:
        return _open(file)
    except sqlite3.OperationalError:  # another process has locked it
        raise
    except sqlite3.DatabaseError:
        file.unlink(missing_ok=True)
        return _open(file)


def _open(file: Path) -> sqlite3.Connection:
    index = sqlite3.connect(file, timeout=5)
    try:
        index.execute("create table if not exists version (version text primary key)")
        if index.execute("select version from version").fetchall() != [(VERSION,)]:
            with index:
                index.execute("drop table if exists rows")
                index.execute("delete from version")
                index.execute("insert into version values (?)", (VERSION,))
        index.execute("create table if not exists rows (file text primary key, stamp text, row text) without rowid")
    except BaseException:
        index.close()
        raise
    return index
