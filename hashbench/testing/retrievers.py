"""Conformance of retrievers."""

from __future__ import annotations

import numpy as np

from hashbench.data.codes import Codes
from hashbench.data.interactions import Interactions
from hashbench.protocols import Hashed, RunContext
from hashbench.testing.components import ComponentTests, small_interactions


class RetrieverTests(ComponentTests):
    """A retriever ranks distinct items best first, leaves out excluded items, and pads short rankings."""

    def sides(self) -> tuple[Hashed, Hashed]:
        """Return 40 users and 30 items with 64 bits and embeddings of small integers, whose products are exact."""
        rng = np.random.default_rng(6)
        values = [rng.integers(-4, 5, (n, 64)).astype(np.float32) for n in (40, 30)]
        users, items = (Hashed(Codes.from_signs(side), side) for side in values)
        return users, items

    def test_rankings_are_distinct_items_best_first_without_the_excluded(self) -> None:
        """Scores never rise, and no excluded item appears."""
        users, items = self.sides()
        exclude = small_interactions()
        ranking = self.component.build(items, RunContext()).search(users, 5, exclude)
        assert ranking.items.shape == ranking.scores.shape == (40, 5)
        for user, (row, scores) in enumerate(zip(ranking.items, ranking.scores, strict=True)):
            ranked = row[row >= 0]
            assert len(set(ranked.tolist())) == ranked.size
            assert not set(ranked.tolist()) & set(exclude.row(user).tolist())
            assert np.all(scores[:-1] >= scores[1:])

    def test_short_rankings_are_padded(self) -> None:
        """A user who has interacted with all items but one gets that one."""
        users, items = self.sides()
        all_but_one = Interactions.from_pairs(np.zeros(29), np.arange(1, 30), 1, 30)
        ranking = self.component.build(items, RunContext()).search(users.take([0]), 3, all_but_one)
        assert ranking.items.tolist() == [[0, -1, -1]]
        assert np.isneginf(ranking.scores[0, 1:]).all()

    def test_a_batch_equals_single_queries(self) -> None:
        """The ranking of a query does not depend on its batch."""
        users, items = self.sides()
        exclude = small_interactions()
        index = self.component.build(items, RunContext(threads=2))
        batch = index.search(users, 5, exclude)
        for user in range(40):
            single = index.search(users.take([user]), 5, exclude.select([user]))
            assert np.array_equal(single.items[0], batch.items[user])

    def test_equal_scores_go_to_the_lower_item_number(self) -> None:
        """A run numbers items at random, so this favours none."""
        users, items = self.sides()
        twins = items.take(np.repeat(np.arange(3), 10))
        ranking = self.component.build(twins, RunContext()).search(users, 20, Interactions.empty(40, 30))
        for row in ranking.items:
            groups = row.reshape(2, 10)
            assert np.all(np.diff(groups, axis=1) >= 1)

    def test_it_states_its_memory(self) -> None:
        """Tables compare bytes per item."""
        _, items = self.sides()
        assert self.component.build(items, RunContext()).nbytes > 0
