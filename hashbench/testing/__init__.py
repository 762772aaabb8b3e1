"""Conformance tests for components. Subclass one, set `component`, and let pytest collect it.

from hashbench.testing import HashHeadTests

class TestSpherical(HashHeadTests):
    component = Spherical(bits=16)
"""

from hashbench.testing.encoders import EncoderTests
from hashbench.testing.heads import HashHeadTests
from hashbench.testing.metrics import MetricTests
from hashbench.testing.objectives import ObjectiveTests
from hashbench.testing.retrievers import RetrieverTests
from hashbench.testing.splits import SplitterTests

__all__ = ["EncoderTests", "HashHeadTests", "MetricTests", "ObjectiveTests", "RetrieverTests", "SplitterTests"]
