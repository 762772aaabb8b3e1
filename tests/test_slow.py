"""A test that starts a process is slow, through whatever of the tests it does so."""

import subprocess
import sys

import pytest

from .slow import is_slow


class Runner:
    def version(self):
        return subprocess.run([sys.executable, "--version"], capture_output=True, text=True).stdout


@pytest.fixture
def runner():
    return Runner()


def version():
    return [line for line in [Runner().version()] if line]


def test_through_a_fixture_and_a_class(request, runner):
    assert is_slow(request.node)


def test_through_a_function(request):
    assert is_slow(request.node)
    assert version()


def test_directly_and_in_an_inner_function(request):
    def run():
        return subprocess.run(["true"])

    assert is_slow(request.node)
    assert run


def test_a_test_without_processes_is_not(request, tmp_path):
    assert not is_slow(request.node)


def test_the_marker_is_set(request, runner):
    assert request.node.get_closest_marker("slow")
