"""Conformance of splits."""

from __future__ import annotations

import numpy as np

from hashbench.data.interactions import Interactions
from hashbench.data.loaded import LoadedData
from hashbench.protocols import RunContext
from hashbench.testing.components import ComponentTests, small_interactions


class SplitterTests(ComponentTests):
    """A split divides all interactions, depends on the seed alone, and leaves neither training nor test part empty."""

    def data(self) -> LoadedData:
        """Return a small data set with a published split: each user's first item for training, the others for test."""
        whole = small_interactions()
        first = whole.indices[whole.indptr[:-1]]
        train = Interactions(np.arange(whole.n_users + 1), first, whole.n_items)
        return LoadedData(whole, "made up", published=(train, whole.minus(train)))

    def test_the_parts_are_disjoint_and_make_up_the_whole(self) -> None:
        """`InteractionSplit` refuses overlap. No interaction may be lost or added."""
        data = self.data()
        split = self.component.split(data, RunContext())
        assert split.seen.union(split.test).digest() == data.interactions.digest()
        assert len(split.train)
        assert len(split.test)

    def test_it_follows_the_seed_alone(self) -> None:
        """Equal seeds give equal splits."""
        first, second = (self.component.split(self.data(), RunContext(seed=4)) for _ in range(2))
        assert first.fingerprint() == second.fingerprint()
