"""The cached summary of a finished grid is valid until something that it depends on changes."""

import os
import re

import pytest

from hashbench.grids.summary_cache import SummaryCache

from .process import grid, start_python

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


@pytest.fixture(scope="module")
def finished_grid(tmp_path_factory):
    folder = tmp_path_factory.mktemp("finished")
    data, file, out = folder / "log.csv", folder / "grid.toml", folder / "out"
    data.write_text(DATA)
    file.write_text(FILE.format(data=data))
    first = grid(file, out, inline=True)
    assert first.returncode == 0, first.stderr
    return data, file, out


@pytest.fixture
def finished(finished_grid):
    data, file, out = finished_grid
    yield data, file, out
    data.write_text(DATA)
    file.write_text(FILE.format(data=data))


def call_again(file, out, *options):
    """Call the grid again; return its output, and whether it loaded torch to look the runs up."""
    process = start_python(file, out, *options, PYTHONPROFILEIMPORTTIME="1")
    stdout, stderr = process.communicate(timeout=300)
    assert process.returncode == 0
    return stdout, re.search(r"\|\s+torch\n", stderr) is not None


def test_a_finished_grid_is_not_looked_up_again_until_something_changes(finished):
    data, file, out = finished
    summary, looked_up = call_again(file, out)
    assert not looked_up
    assert "  done: 3 runs\n  to train: 0 models\n" in summary
    assert call_again(file, out, "--dry-run") == (summary, False)
    os.utime(data, ns=(1, 1))  # changed, as far as one can tell without reading it
    assert call_again(file, out) == (summary, True)
    assert call_again(file, out) == (summary, False)
    record = next(out.glob("*.json"))
    content = record.read_bytes()
    record.unlink()
    missing, looked_up = call_again(file, out, "--dry-run")
    assert looked_up
    assert "  done: 2 runs\n" in missing
    file.write_text(file.read_text() + "\n")
    assert call_again(file, out, "--dry-run") == (missing, True)
    record.write_bytes(content)


def test_more_data_is_seen(finished):
    data, file, out = finished
    data.write_text(DATA + "31,5\n31,6\n31,7\n")
    changed = grid(file, out, "--dry-run")
    assert "  done: 0 runs\n  to train: 1 model\n" in changed.stdout


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"lines": 3, "data": {}, "dependencies": {}}', "\0"])
def test_a_damaged_cache_is_ignored(tmp_path, content):
    summary_cache = SummaryCache.current(tmp_path / "grid.toml", tmp_path / "out", OPTIONS)
    summary_cache.save(["all done"], [])
    assert summary_cache.load() == ["all done"]
    summary_cache.file.write_text(content)
    assert summary_cache.load() is None


def test_data_without_known_files_is_not_cached(tmp_path):
    summary_cache = SummaryCache.current(tmp_path / "grid.toml", tmp_path / "out", OPTIONS)
    summary_cache.save(["all done"], None)
    assert not summary_cache.file.exists()


def test_an_experiment_that_was_edited_while_its_grid_ran_is_looked_up(tmp_path):
    data, file, out = tmp_path / "log.csv", tmp_path / "grid.toml", tmp_path / "out"
    data.write_text(DATA)
    file.write_text(FILE.format(data=data))
    process = start_python(file, out)
    process.stdout.readline()  # the experiment was read
    file.write_text(FILE.format(data=data).replace('"lsh:bits=8"', '["lsh:bits=8", "lsh:bits=16"]'))
    process.communicate(timeout=300)
    assert process.returncode == 0
    assert "2 models, 6 runs\n  done: 3 runs\n  to train: 1 model\n" in grid(file, out, "--dry-run").stdout
