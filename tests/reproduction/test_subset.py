"""A part of an experiment differs from it in its data sets, systems and seeds alone."""

import pytest

from hashbench.reproduction.subset import of_datasets, of_system
from hashbench.reproduction.table import read_table, table_names


@pytest.mark.parametrize("name", table_names())
def test_all_data_sets_and_seeds_are_the_experiment_itself(name):
    experiment = read_table(name).experiment
    assert of_datasets(experiment, experiment.axes.dataset) == experiment
    assert of_datasets(experiment, experiment.axes.dataset, experiment.axes.seed) == experiment


def test_a_part_has_what_was_chosen():
    experiment = read_table("hashgnn-table2").experiment
    part = of_datasets(experiment, ["gowalla"], range(3))
    assert (part.axes.dataset, part.axes.seed, part.axes.system) == (["gowalla"], [0, 1, 2], experiment.axes.system)
    alone = of_system(experiment, "lsh", "gowalla")
    assert (alone.axes.dataset, alone.axes.system, alone.include) == (["gowalla"], ["lsh"], [])
    assert alone.training == experiment.training
