"""Every built-in component against the tests that hashbench ships for other packages."""

import pytest

from hashbench import registry
from hashbench.testing import (
    EncoderTests,
    HashHeadTests,
    MetricTests,
    ObjectiveTests,
    RetrieverTests,
    SplitterTests,
)


def built_in(kind):
    entries = registry.shelf(kind).values()
    components = [entry.component() for entry in entries if entry.plugin.distribution == "hashbench"]
    return pytest.mark.parametrize("component", components, ids=lambda one: one.name)


class Parametrised:
    @pytest.fixture(autouse=True)
    def _use(self, component):
        self.component = component


@built_in(registry.HEADS)
class TestHeads(Parametrised, HashHeadTests):
    pass


@built_in(registry.ENCODERS)
class TestEncoders(Parametrised, EncoderTests):
    pass


@built_in(registry.RETRIEVERS)
class TestRetrievers(Parametrised, RetrieverTests):
    pass


@built_in(registry.METRICS)
class TestMetrics(Parametrised, MetricTests):
    pass


@built_in(registry.OBJECTIVES)
class TestObjectives(Parametrised, ObjectiveTests):
    pass


@built_in(registry.SPLITS)
class TestSplits(Parametrised, SplitterTests):
    pass
