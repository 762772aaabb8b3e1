"""What is kept of a finished grid holds as long as nothing that it depends on has changed."""

import os
import re

import pytest

from hashbench.grid.summary_cache import SummaryCache

from .process import grid, start

DATA = "user,item\n" + "".join(f"{user},{item}\n" for user in range(30) for item in range(user % 5, 40, 3))
FILE = """
[axes]
dataset = "file:path={data}"
encoder = "mf:dim=4"
head = "lsh:bits=8"

[training]
epochs = 2

[search]
k = 5
"""
OPTIONS = {"data_dir": None}


@pytest.fixture
def finished(tmp_path):
    data, file, out = tmp_path / "log.csv", tmp_path / "grid.toml", tmp_path / "out"
    data.write_text(DATA)
    file.write_text(FILE.format(data=data))
    first = grid(file, out)
    assert first.returncode == 0, first.stderr
    return data, file, out


def loads_torch(file, out, *options):
    """Call the grid again; return what it says, and whether it had to look for itself."""
    again = grid(file, out, *options, PYTHONPROFILEIMPORTTIME="1")
    assert again.returncode == 0
    return again.stdout, re.search(r"\|\s+torch\n", again.stderr) is not None


def test_a_finished_grid_is_not_looked_at_again_until_something_changes(finished):
    data, file, out = finished
    said, looked = loads_torch(file, out)
    assert not looked
    assert "  done: 3 runs\n  to train: 0 models\n" in said
    assert loads_torch(file, out, "--dry-run") == (said, False)
    os.utime(data, ns=(1, 1))  # changed, as far as one can tell without reading it
    assert loads_torch(file, out) == (said, True)
    assert loads_torch(file, out) == (said, False)
    record = next(out.glob("*.json"))
    record.unlink()
    missing, looked = loads_torch(file, out, "--dry-run")
    assert looked
    assert "  done: 2 runs\n" in missing
    file.write_text(file.read_text() + "\n")
    assert loads_torch(file, out, "--dry-run") == (missing, True)


def test_more_data_is_seen(finished):
    data, file, out = finished
    data.write_text(DATA + "31,5\n31,6\n31,7\n")
    changed = grid(file, out, "--dry-run")
    assert "  done: 0 runs\n  to train: 1 model\n" in changed.stdout


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"lines": 3, "data": {}, "dependencies": {}}', "\0"])
def test_a_damaged_one_is_as_good_as_none(tmp_path, content):
    summary_cache = SummaryCache.current(tmp_path / "grid.toml", tmp_path / "out", OPTIONS)
    summary_cache.save(["all done"], [])
    assert summary_cache.load() == ["all done"]
    summary_cache.file.write_text(content)
    assert summary_cache.load() is None


def test_data_that_does_not_tell_its_files_keeps_nothing(tmp_path):
    summary_cache = SummaryCache.current(tmp_path / "grid.toml", tmp_path / "out", OPTIONS)
    summary_cache.save(["all done"], None)
    assert not summary_cache.file.exists()


def test_an_experiment_that_was_edited_while_its_grid_ran_is_looked_at(tmp_path):
    data, file, out = tmp_path / "log.csv", tmp_path / "grid.toml", tmp_path / "out"
    data.write_text(DATA)
    file.write_text(FILE.format(data=data))
    process = start(file, out)
    process.stdout.readline()  # the experiment was read
    file.write_text(FILE.format(data=data).replace('"lsh:bits=8"', '["lsh:bits=8", "lsh:bits=16"]'))
    process.communicate(timeout=300)
    assert process.returncode == 0
    assert "2 models, 6 runs\n  done: 3 runs\n  to train: 1 model\n" in grid(file, out, "--dry-run").stdout
