"""A finished search that several tests look at."""

import pytest


@pytest.fixture(scope="session")
def tuned(tmp_path_factory):
    """The folder of a search of three trials, and the process that ran it."""
    pytest.importorskip("optuna")
    from .process import tune

    folder = tmp_path_factory.mktemp("tuned")
    ended = tune(folder, "--trials", "3")
    assert ended.returncode == 0, ended.stderr
    return folder, ended
