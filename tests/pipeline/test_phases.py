"""Seconds and memory of phases, in this process."""

import sys

import numpy as np
import pytest

from hashbench.pipeline.phases import Phases

MIB = 2**20


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux starts its peak anew")
def test_a_phase_has_its_own_peak():
    phases = Phases()
    with phases.measure("before"):
        pass
    with phases.measure("large"):
        np.ones(256 * MIB, np.uint8)
    with phases.measure("after"):
        pass
    assert phases.memory["large"] - phases.memory["before"] == pytest.approx(256 * MIB, abs=32 * MIB)
    assert phases.memory["after"] - phases.memory["before"] == pytest.approx(0, abs=32 * MIB)
    assert phases.seconds.keys() == phases.memory.keys()


def test_what_is_gone_on_from_stays_as_it_was():
    phases = Phases({"load": 1.0}, {"load": 5})
    copy = phases.copy()
    with copy.measure("search"):
        pass
    assert phases == Phases({"load": 1.0}, {"load": 5})
    assert list(copy.seconds) == ["load", "search"]
