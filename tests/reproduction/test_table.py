"""The tables that come with hashbench, and names that are none."""

import pytest

from hashbench.grids.cells import expand
from hashbench.reproduction.comparison import side_by_side
from hashbench.reproduction.table import read_table, table_names
from hashbench.spec import canonical


@pytest.mark.parametrize("name", table_names())
def test_each_that_comes_along_is_whole(name):
    table = read_table(name)
    assert table.name == name
    for dataset in table.experiment.axes.dataset:
        assert table.paper.charts or side_by_side(table.paper, dataset, {})
    if table.paper.rows:
        assert {row.system for row in table.paper.rows} == set(table.experiment.axes.system)
    for row in table.paper.rows:
        axes = table.experiment.axes.model_copy(update={"system": [row.system]})
        expanded = expand(table.experiment.model_copy(update={"axes": axes})).cells
        assert expanded
        assert all(row.key[1] in map(canonical, cell.plan.retrievers) for cell in expanded)
