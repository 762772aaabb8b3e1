"""The conformance tests of splits fail for a split that breaks a law."""

from dataclasses import dataclass
from typing import ClassVar

import pytest

from hashbench.components.splits.ratio import Ratio
from hashbench.data.interactions import Interactions
from hashbench.data.split import InteractionSplit
from hashbench.testing import SplitterTests


@dataclass(frozen=True)
class Lossy(Ratio):
    """A split that drops the validation part."""

    name: ClassVar[str] = "lossy"

    def split(self, data, ctx):
        split = super().split(data, ctx)
        return InteractionSplit(split.train, Interactions.empty(40, 30), split.test)


def test_a_split_that_loses_interactions_fails():
    class LossyTests(SplitterTests):
        component = Lossy(valid=0.5)

    with pytest.raises(AssertionError):
        LossyTests().test_the_parts_are_disjoint_and_make_up_the_whole()
