"""Every built-in component against the tests that hashbench ships for other packages."""

import pytest

from hashbench.registry import shelves
from hashbench.spec import canonical
from hashbench.testing import (
    EncoderTests,
    HashHeadTests,
    MetricTests,
    ObjectiveTests,
    RetrieverTests,
    SplitterTests,
)

# Of components that cannot do without parameters, or not on so little data, or so fast: those to test them with.
PARAMETERS = {
    "threshold": [{"radius": 40}, {"at_least": -100.0}],
    "svd": [{"dim": 8}],
    "itq": [{"bits": 8}],
    "distilled": [{"steps": 20}],
}


def built_in(kind):
    entries = shelves.shelf(kind).values()
    kinds = [entry.value for entry in entries if entry.plugin.distribution == "hashbench"]
    components = [one(**parameters) for one in kinds for parameters in PARAMETERS.get(one.name, [{}])]
    return pytest.mark.parametrize("component", components, ids=canonical)


class Parametrised:
    @pytest.fixture(autouse=True)
    def _use(self, component):
        self.component = component


@built_in(shelves.HEADS)
class TestHeads(Parametrised, HashHeadTests):
    pass


@built_in(shelves.ENCODERS)
class TestEncoders(Parametrised, EncoderTests):
    pass


@built_in(shelves.RETRIEVERS)
class TestRetrievers(Parametrised, RetrieverTests):
    pass


@built_in(shelves.METRICS)
class TestMetrics(Parametrised, MetricTests):
    pass


@built_in(shelves.OBJECTIVES)
class TestObjectives(Parametrised, ObjectiveTests):
    pass


@built_in(shelves.SPLITS)
class TestSplits(Parametrised, SplitterTests):
    pass
