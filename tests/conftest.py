"""Fixtures that several folders of tests share, the marker of slow tests, and a limit to the time of a subset."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from .slow import is_slow

settings.register_profile("hashbench", deadline=None, suppress_health_check=[HealthCheck.too_slow])  # CI is shared
settings.load_profile("hashbench")

REAL_DATA = Path(os.environ.get("HASHBENCH_DATA") or Path(__file__).parents[1].parent / "shared" / "data").resolve()
START = time.monotonic()


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--budget`, for `tox -e quick`."""
    parser.addoption("--budget", type=float, metavar="SECONDS", help="skip the tests that are left after so long")


@pytest.hookimpl(tryfirst=True)  # before tests are chosen by marker
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that start processes as slow."""
    for item in items:
        if isinstance(item, pytest.Function) and is_slow(item):
            item.add_marker(pytest.mark.slow)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what does not fit into the budget."""
    budget = item.config.getoption("budget")
    if budget is not None and time.monotonic() - START > budget:
        pytest.skip(f"the budget of {budget:g} s is spent; tox runs all tests")


@pytest.fixture
def real_data() -> Path:
    """The folder of ml-1m, gowalla and pinterest; a test that needs it is skipped where it is not."""
    if not (REAL_DATA / "gowalla").is_dir():
        pytest.skip(f"no real data at {REAL_DATA}; set HASHBENCH_DATA")
    return REAL_DATA
