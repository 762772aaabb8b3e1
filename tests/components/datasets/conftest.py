from __future__ import annotations

from pathlib import Path

import pytest

from hashbench.data import sources
from hashbench.protocols import LoadContext

from .laws import Notes


@pytest.fixture
def ctx(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LoadContext:
    """An empty data folder, and no data set elsewhere."""
    monkeypatch.setattr(sources, "download_cache", lambda: tmp_path / "cache")
    monkeypatch.delenv("HASHBENCH_DATA", raising=False)
    return LoadContext(data_dir=tmp_path, download=False, notes=Notes())
