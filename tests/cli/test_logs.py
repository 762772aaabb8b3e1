"""Log messages: shown by --verbose and by HASHBENCH_LOG, otherwise not."""

import logging
import subprocess
import sys

import pytest

from hashbench.cli.logs import show_logs
from hashbench.errors import BadParameter

from .process import RUN, hashbench


def test_a_run_logs_its_decisions_if_it_is_verbose(tmp_path):
    ended = hashbench("-vv", *RUN, "--retriever", "hamming", "--out", tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert "DEBUG hashbench.registry.plugins: plugin 'builtin' (hashbench " in ended.stderr
    assert " INFO hashbench.pipeline." in ended.stderr


def test_the_variable_shows_messages_from_its_level_up():
    assert "hashbench.registry.plugins" in hashbench("list", "metrics", HASHBENCH_LOG="debug").stderr
    ended = hashbench("list", "metrics", HASHBENCH_LOG="loud")
    assert ended.stderr == "Error: HASHBENCH_LOG must be one of debug, info, warning, error, got 'loud'\n"
    assert ended.returncode == 2


def test_a_program_that_imports_hashbench_sees_no_message():
    code = """
import logging, hashbench
from hashbench.registry.plugins import plugins
plugins()
logging.getLogger("hashbench.test").error("a message")
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


@pytest.fixture
def logger():
    logger = logging.getLogger("hashbench")
    handlers, level = list(logger.handlers), logger.level
    yield logger
    logger.handlers[:] = handlers
    logger.setLevel(level)


@pytest.mark.parametrize(("verbosity", "level"), [(1, logging.INFO), (2, logging.DEBUG), (3, logging.DEBUG)])
def test_each_v_shows_more(logger, verbosity, level):
    show_logs(verbosity)
    assert logger.level == level


def test_without_v_and_variable_nothing_changes(logger, monkeypatch):
    monkeypatch.delenv("HASHBENCH_LOG", raising=False)
    before = list(logger.handlers)
    show_logs(0)
    assert logger.handlers == before


def test_a_bad_level_is_named(monkeypatch):
    monkeypatch.setenv("HASHBENCH_LOG", "everything")
    with pytest.raises(BadParameter, match="HASHBENCH_LOG must be one of debug, info, warning, error"):
        show_logs(0)
