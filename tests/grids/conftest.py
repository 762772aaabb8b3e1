"""A finished grid that several tests compare with."""

import pytest

from .process import GRID, N_RUNS, grid, outcomes


@pytest.fixture(scope="session")
def whole_grid(tmp_path_factory):
    """The experiment file of GRID, the results folder of one undisturbed run, and what its records hold."""
    folder = tmp_path_factory.mktemp("whole")
    file, out = folder / "grid.toml", folder / "out"
    file.write_text(GRID)
    ended = grid(file, out, "--jobs", 2, "--threads", 2)
    assert ended.returncode == 0, ended.stderr
    expected = outcomes(out)
    assert len(expected) == N_RUNS
    return file, out, expected
