"""The experiment file: every mistake in it at once, each with its place."""

from pathlib import Path

import pytest

from hashbench.errors import HashbenchError
from hashbench.grids.cells import expand
from hashbench.grids.experiment_file import parse, read

AXES = {"dataset": "synthetic", "encoder": "mf", "head": "lsh"}


def mistakes(tables):
    with pytest.raises(HashbenchError) as caught:
        parse(tables, "x.toml")
    first, *rest = str(caught.value).splitlines()
    return first, [line.strip() for line in rest]


def test_all_mistakes_are_reported_at_once_with_their_places():
    first, rest = mistakes(
        {
            "titel": "x",
            "axes": {"dataset": ["synthetic", "ml-1n"], "encoder": [], "head": ["lsh:bit=3", 4], "seed": [-1]},
            "training": {"epochs": [0], "learning_rate": 0.1},
            "search": {"retriever": "haming", "k": "ten"},
            "exclude": [{"encoder": "sagee"}, {"epochs": 3}],
            "budget": {"hours": -1},
        }
    )
    assert first == "x.toml has 13 mistakes:"
    assert rest == [
        "axes.encoder: it must not be empty",
        "axes.head[1]: it must be text, got 4",
        "axes.seed[0]: it must be at least 0, got -1",
        "training.epochs[0]: it must be at least 1, got 0",
        "training.learning_rate: there is no such key; there are epochs, batch_size, lr, patience, valid_k, "
        "precision, fan_outs, embedding_loss_weight.",
        "search.k[0]: it must be a whole number, got 'ten'",
        "exclude[1].epochs: there is no such key; there are dataset, system, encoder, head, bits, split, objective, "
        "train_head, seed, training, retriever.",
        "budget.hours: it must be more than 0, got -1",
        "titel: there is no such key; there are name, description, axes, training, search, exclude, include, budget, "
        "tune.",
        "axes.dataset[1]: There is no data set called 'ml-1n'. Did you mean 'ml-1m'? (hashbench list datasets)",
        "axes.head[0]: hash head 'lsh' has no parameter 'bit'; it has bits. Did you mean 'bits'?",
        "search.retriever: There is no retriever called 'haming'. Did you mean 'hamming'? (hashbench list retrievers)",
        "exclude[0].encoder: There is no encoder called 'sagee'. Did you mean 'sage'? (hashbench list encoders)",
    ]


def test_missing_axes_and_tables_that_are_none():
    assert mistakes({})[1] == ["axes: it must be given"]
    assert mistakes({"axes": {"dataset": "synthetic"}})[1] == ["axes: give encoder and head, or system"]
    assert mistakes({"axes": 3})[1] == ["axes: it must be a table, got 3"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"axes = ", "no TOML: Invalid value (at end of document)"),
        (b"\xff", "no TOML: not UTF-8 text"),
        (None, "cannot be read: no such file or directory"),
    ],
)
def test_a_file_that_is_no_toml(content, message, tmp_path):
    file = tmp_path / "x.toml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(HashbenchError) as caught:
        read(file)
    assert str(caught.value) == f"{file}: {message}"


@pytest.mark.parametrize(("name", "models"), [("quick", 14), ("hashgnn", 3 * 2 * 6 * 3 + 9)])
def test_the_experiments_that_come_with_it(name, models):
    file = Path(__file__).parents[2] / "experiments" / f"{name}.toml"
    expansion = expand(read(file))
    assert len(expansion.cells) == models
    assert {cell.plan.dataset.name for cell in expansion.cells} >= {"synthetic" if name == "quick" else "ml-1m"}


def test_systems_stand_in_the_place_of_encoder_and_head():
    either = "a system has its encoder and head: give either system or them"
    assert mistakes({"axes": AXES | {"system": "lsh"}})[1] == [f"axes: {either}"]
    systems = {"dataset": "synthetic", "system": ["hashgnn", "lhs"]}
    assert mistakes({"axes": systems})[1] == [
        "axes.system[1]: There is no system called 'lhs'. Did you mean 'lsh'? (hashbench list systems)"
    ]
    axes = {"dataset": "synthetic", "system": "hashgnn"}
    assert mistakes({"axes": axes, "include": [{"head": "lsh"}]})[1] == [
        "include[0]: give both encoder and head, because axes has systems"
    ]
    assert mistakes({"axes": axes, "include": [{"head": "lsh", "system": "lsh"}]})[1] == [f"include[0]: {either}"]
    assert mistakes({"axes": axes, "exclude": [{"system": "lsh"}]})[1] == [
        "exclude[0].system: systems cannot be excluded: name their encoder, head or objective"
    ]
