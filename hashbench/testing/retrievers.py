"""Conformance of retrievers."""

from __future__ import annotations

import numpy as np

from hashbench.data.codes import Codes
from hashbench.data.interactions import Interactions
from hashbench.protocols import Hashed, RunContext
from hashbench.testing.components import ComponentTests, small_interactions


class RetrieverTests(ComponentTests):
    """A retriever ranks distinct items best first, leaves out the excluded ones, and pads what is missing."""

    def sides(self) -> tuple[Hashed, Hashed]:
        """Return 40 users and 30 items of 64 bits, their embeddings small whole numbers, so that products are exact."""
        rng = np.random.default_rng(6)
        values = [rng.integers(-4, 5, (n, 64)).astype(np.float32) for n in (40, 30)]
        users, items = (Hashed(Codes.from_signs(side), side) for side in values)
        return users, items

    def test_rankings_are_distinct_items_best_first_without_the_excluded(self) -> None:
        """Scores fall, and no excluded item appears."""
        users, items = self.sides()
        exclude = small_interactions()
        ranking = self.component.build(items, RunContext()).search(users, 5, exclude)
        assert ranking.items.shape == ranking.scores.shape == (40, 5)
        for user, (row, scores) in enumerate(zip(ranking.items, ranking.scores, strict=True)):
            found = row[row >= 0]
            assert len(set(found.tolist())) == found.size
            assert not set(found.tolist()) & set(exclude.row(user).tolist())
            assert np.all(scores[:-1] >= scores[1:])

    def test_what_is_missing_is_padded(self) -> None:
        """A user who has seen all but one item gets that one."""
        users, items = self.sides()
        all_but_one = Interactions.from_pairs(np.zeros(29), np.arange(1, 30), 1, 30)
        ranking = self.component.build(items, RunContext()).search(users.take([0]), 3, all_but_one)
        assert ranking.items.tolist() == [[0, -1, -1]]
        assert np.isneginf(ranking.scores[0, 1:]).all()

    def test_a_batch_gives_what_single_queries_give(self) -> None:
        """The ranking of a query does not depend on its company."""
        users, items = self.sides()
        exclude = small_interactions()
        index = self.component.build(items, RunContext(threads=2))
        batch = index.search(users, 5, exclude)
        for user in range(40):
            single = index.search(users.take([user]), 5, exclude.select([user]))
            assert np.array_equal(single.items[0], batch.items[user])

    def test_equal_scores_go_to_the_lower_item_number(self) -> None:
        """The run numbers items at random, so that this favours none."""
        users, items = self.sides()
        twins = items.take(np.repeat(np.arange(3), 10))
        ranking = self.component.build(twins, RunContext()).search(users, 20, Interactions.empty(40, 30))
        for row in ranking.items:
            tens = row.reshape(2, 10)
            assert np.all(np.diff(tens, axis=1) >= 1)

    def test_it_counts_its_memory(self) -> None:
        """Bytes an item is what tables compare."""
        _, items = self.sides()
        assert self.component.build(items, RunContext()).nbytes > 0
