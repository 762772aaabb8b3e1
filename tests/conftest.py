"""Fixtures that several folders of tests share, the marker of slow tests, and a limit to the time of a subset."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from .distributed.cluster import cluster, cluster_of_session  # noqa: F401
from .slow import is_slow

settings.register_profile("hashbench", deadline=None, suppress_health_check=[HealthCheck.too_slow])  # CI is shared
settings.load_profile("hashbench")

REAL_DATA = Path(os.environ.get("HASHBENCH_DATA") or Path(__file__).parents[1].parent / "shared" / "data").resolve()
DEADLINE = pytest.StashKey[float]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--budget`, for `tox -e quick`."""
    parser.addoption("--budget", type=float, metavar="SECONDS", help="skip the tests that are left after so long")


@pytest.hookimpl(tryfirst=True)  # before tests are chosen by marker
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the tests that start processes as slow. Without a budget, their files run first."""
    slow = [item for item in items if isinstance(item, pytest.Function) and is_slow(item)]
    for item in slow:
        item.add_marker(pytest.mark.slow)
    if config.getoption("budget") is None:
        slow_files = {item.path for item in slow}
        items.sort(key=lambda item: (item.path.name != "test_types.py", item.path not in slow_files))


def pytest_collection_finish(session: pytest.Session) -> None:
    """The budget is counted from the first test."""
    session.config.stash[DEADLINE] = time.monotonic() + (session.config.getoption("budget") or float("inf"))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what does not fit into the budget."""
    if time.monotonic() > item.config.stash[DEADLINE]:
        pytest.skip("the budget is spent; tox runs all tests")


@pytest.fixture
def real_data() -> Path:
    """The folder of ml-1m, gowalla and pinterest; a test that needs it is skipped where it is not."""
    if not (REAL_DATA / "gowalla").is_dir():
        pytest.skip(f"no real data at {REAL_DATA}; set HASHBENCH_DATA")
    return REAL_DATA
