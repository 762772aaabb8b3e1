"""Loaded data: optional parts are left out by default."""

from hashbench.data.interactions import Interactions
from hashbench.data.loaded import LoadedData


def test_what_is_optional():
    data = LoadedData(Interactions.empty(2, 3), "log.csv")
    assert (data.published, data.item_titles, data.files) == (None, None, None)
    assert (data.merged, data.skipped) == (0, 0)
