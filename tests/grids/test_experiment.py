"""The tables of an experiment: values, defaults and descriptions."""

import json

from click.testing import CliRunner

from hashbench.cli.grid import schema
from hashbench.grids.experiment import TRAINING, Experiment
from hashbench.grids.experiment_file import parse
from hashbench.pipeline import defaults

AXES = {"dataset": "synthetic", "encoder": "mf", "head": "lsh"}


def test_a_value_may_stand_without_brackets():
    experiment = parse({"axes": AXES | {"seed": 3}, "search": {"k": 5}, "training": {"lr": 0.1}}, "x.toml")
    assert experiment.axes.dataset == ["synthetic"]
    assert experiment.axes.seed == [3]
    assert experiment.search.k == [5]
    assert experiment.training.lr == [0.1]


def test_the_schema_names_every_key():
    printed = json.loads(CliRunner().invoke(schema).stdout)
    assert list(printed["properties"]) == list(Experiment.model_fields)
    assert printed["$defs"]["TrainingSection"]["properties"].keys() >= {"epochs", "lr"}
    assert printed["additionalProperties"] is False


def test_the_schema_describes_training_as_the_options_do():
    properties = Experiment.model_json_schema()["$defs"]["TrainingSection"]["properties"]
    assert list(properties) == list(TRAINING)
    assert properties["lr"]["description"] == "learning rate of Adam; by default 0.01"


def test_defaults_are_those_of_a_run():
    experiment = parse({"axes": AXES}, "x.toml")
    assert tuple(experiment.search.k) == defaults.KS
    axes = experiment.axes
    assert (axes.split, axes.objective, axes.seed) == ([defaults.SPLIT], [defaults.OBJECTIVE], [defaults.SEED])
