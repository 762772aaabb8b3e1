"""Tables in a pipe or a file are not cut to the width of a terminal."""

import io

import pytest

from hashbench.cli.console import WIDE, console


def test_a_file_is_wide_enough_for_every_row(monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setattr("sys.stdout", io.StringIO())
    assert console().width == WIDE


@pytest.mark.parametrize("columns", [40, 200])
def test_a_terminal_keeps_its_width(monkeypatch, columns):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("sys.stdout", Terminal())
    assert console().width == columns
