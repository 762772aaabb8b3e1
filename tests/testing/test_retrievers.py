"""The conformance tests of retrievers fail for a retriever that breaks a law."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

from hashbench.components.retrievers.base import BaseRetriever
from hashbench.protocols import Ranking
from hashbench.testing import RetrieverTests


@dataclass(frozen=True)
class FirstItems(BaseRetriever):
    """The first k items for every query, seen or not."""

    name: ClassVar[str] = "first_items"
    needs: ClassVar[frozenset[str]] = frozenset({"codes"})

    def build(self, items, ctx):
        return FirstItemsIndex()


class FirstItemsIndex:
    nbytes = 0

    def search(self, queries, k, exclude):
        shape = (len(queries), k)
        return Ranking(np.broadcast_to(np.arange(k, dtype=np.int32), shape), np.zeros(shape, np.float32))


class FirstItemsTests(RetrieverTests):
    component = FirstItems()


@pytest.mark.parametrize(
    "law",
    [
        "test_rankings_are_distinct_items_best_first_without_the_excluded",
        "test_short_rankings_are_padded",
        "test_it_states_its_memory",
    ],
)
def test_a_retriever_that_ranks_seen_items_fails(law):
    with pytest.raises(AssertionError):
        getattr(FirstItemsTests(), law)()
