"""Fixtures that several folders of tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("hashbench", deadline=None, suppress_health_check=[HealthCheck.too_slow])  # CI is shared
settings.load_profile("hashbench")

REAL_DATA = Path(os.environ.get("HASHBENCH_DATA") or Path(__file__).parents[1].parent / "shared" / "data").resolve()


@pytest.fixture
def real_data() -> Path:
    """The folder of ml-1m, gowalla and pinterest; a test that needs it is skipped where it is not."""
    if not (REAL_DATA / "gowalla").is_dir():
        pytest.skip(f"no real data at {REAL_DATA}; set HASHBENCH_DATA")
    return REAL_DATA
