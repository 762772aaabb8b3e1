"""The table of `hashbench bench`."""

from hashbench.pipeline.retime import SearchTiming
from hashbench.reporting.timings import timings

from ..results.factory import a_latency


def test_a_row_names_its_backend_and_a_note_the_noise():
    latency = a_latency(0.5)
    latency.backend, latency.noisy, latency.background_load, latency.repeat_spread = "numba", True, 1.5, 1.25
    text = timings([SearchTiming("hamming", latency, 14824, 4.0)])
    lines = text.splitlines()
    assert lines[0].split()[:2] == ["retriever", "backend"]
    assert lines[2].split() == ["hamming", "numba", "0.500", "1.00", "1.50", "–", "–", "–", "4000", "4"]
    assert "batches of 256 on 1 thread." in text
    assert lines[-1].startswith("hamming: noisy (other processes used 1.50 cores, repeats differed 1.25-fold)")
