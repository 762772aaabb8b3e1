"""Notes are lines on standard error, and without a terminal there are no bars."""

import pytest
from rich.progress import TextColumn

from hashbench.cli.progress import ProgressBars


def test_notes_are_lines(capsys: pytest.CaptureFixture[str]) -> None:
    with ProgressBars(TextColumn("{task.description}")) as progress:
        progress.bars.add_task("a bar", total=2)
        progress.note("a [note] of " + "many words " * 30)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "a [note] of " + "many words " * 30 + "\n"
