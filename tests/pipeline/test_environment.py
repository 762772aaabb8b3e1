"""What is recorded of this machine and its packages."""

import numpy
import torch

import hashbench
from hashbench.pipeline.environment import machine, peak_memory, usable_cores, versions


def test_versions_are_those_installed():
    found_versions = versions({"a-plugin": "1.2"})
    assert found_versions.hashbench == hashbench.__version__
    assert found_versions.packages["torch"] == torch.__version__
    assert found_versions.packages["numpy"] == numpy.__version__
    assert found_versions.plugins == {"a-plugin": "1.2"}


def test_the_machine_has_cores_and_memory():
    described = machine("cpu", threads=3, processes=2)
    assert described.cores == usable_cores() >= 1
    assert described.memory_bytes > peak_memory() > 2**20
    assert (described.threads, described.processes) == (3, 2)
