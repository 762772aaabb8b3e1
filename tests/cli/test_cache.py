"""`hashbench cache`: shown and cleared."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from hashbench.cli.cache import cache
from hashbench.data.codes import Codes
from hashbench.errors import HashbenchError
from hashbench.protocols import Hashed
from hashbench.results.cache import CachedModel
from hashbench.results.store import ResultsFolder

from ..results.factory import a_record


@pytest.fixture
def folder(tmp_path: Path) -> ResultsFolder:
    folder = ResultsFolder(tmp_path / "results")
    for seed in range(5):
        folder.write(a_record(seed=seed), {})
    return folder


def test_the_cache_is_shown_and_cleared_and_records_stay(folder: ResultsFolder) -> None:
    side = Hashed(Codes.from_signs(np.ones((4, 8))))
    folder.write_model("m" * 16, CachedModel(side, side, [], {}))
    stage = folder.cache.training("s" * 16)
    stage.parent.mkdir()
    stage.write_bytes(b"x" * 2048)
    shown = CliRunner().invoke(cache, ["info", str(folder.path)]).stdout
    assert "codes and embeddings of models: 1 files" in shown
    assert "weights of training stages: 1 files, 2 KiB" in shown
    assert (
        CliRunner()
        .invoke(cache, ["clear", str(folder.path), "--kind", "training"])
        .stdout.startswith("1 files deleted")
    )
    assert not stage.exists()
    assert folder.cache.read("m" * 16) is not None
    CliRunner().invoke(cache, ["clear", str(folder.path)])
    assert folder.cache.read("m" * 16) is None
    assert len(folder.read_all()[0]) == 5


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    error = CliRunner().invoke(cache, ["info", str(tmp_path / "nowhere")]).exception
    assert isinstance(error, HashbenchError)
    assert "There is no results folder" in str(error)
