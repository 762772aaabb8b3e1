"""Options that derive from other places: the training options, and the defaults of a run."""

import re
from dataclasses import fields

import click
import pytest

from hashbench.cli.options import TrainingCommand
from hashbench.cli.run import run
from hashbench.pipeline import defaults
from hashbench.spec import parameters_of
from hashbench.training.options import TrainingOptions

from .in_process import hashbench

PARAMETERS = {parameter.name: parameter for parameter in parameters_of(TrainingOptions)}


@pytest.fixture(scope="module")
def help_text():
    return " ".join(hashbench("run", "--help").stdout.split())


def test_options_in_the_help_are_those_of_the_training(help_text):
    for field in fields(TrainingOptions):
        (default,) = re.findall(rf"--{field.name.replace('_', '-')} .*?\[default: (\S+)\]", help_text)
        assert type(field.default)(default) == field.default


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_training_option_has_the_type_text_and_range_of_its_field(name, help_text):
    context = run.make_context("run", ["--dataset", "synthetic"])
    options = {option.name: option for option in run.get_params(context)}
    parameter = PARAMETERS[name]
    types = {"int": click.types.IntParamType, "float": click.types.FloatParamType, "choice": click.Choice}
    assert isinstance(options[name].type, types.get(parameter.type, click.types.StringParamType))
    assert context.params[name] is None  # left out: a system may set it
    assert parameter.description[1:] in help_text.replace("- ", "-")
    assert all(bound.replace(" ", "") in help_text for bound in parameter.bounds)


def test_defaults_of_a_run_stand_in_one_place(help_text):
    for option, default in {
        "split": defaults.SPLIT,
        "k": ",".join(map(str, defaults.KS)),
        "seed": defaults.SEED,
        "device": defaults.DEVICE,
        "out": defaults.RESULTS,
    }.items():
        assert re.search(rf"--{option} .*?\[default: {default}\]", help_text), option


def test_training_options_come_after_the_own_ones_and_before_help():
    @click.command(cls=TrainingCommand)
    @click.option("--own")
    def command(**options):
        click.echo(options)

    *options, show_help = command.get_params(click.Context(command))
    assert [option.name for option in options] == ["own", *PARAMETERS]
    assert "--help" in show_help.opts
