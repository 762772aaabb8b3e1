"""The studies of an experiment: which parameters of which models, and every mistake before anything is trained."""

import tomllib

import pytest

from hashbench.errors import HashbenchError
from hashbench.grids.experiment import Range
from hashbench.grids.experiment_file import parse
from hashbench.tuning.studies import studies

pytest.importorskip("optuna")

from .process import EXPERIMENT


def test_each_model_is_searched_where_it_has_the_parameter():
    document = tomllib.loads(EXPERIMENT.replace("seed = [3, 4]", "seed = 3"))
    tuned, skipped = studies(parse(document, "tiny.toml"), 5)
    assert skipped == {}
    assert [(study.cell.plan.encoder.name, sorted(study.space)) for study in tuned] == [
        *[("mf", ["training.lr"])] * 3,
        *[("lightgcn", ["encoder.layers", "training.lr"])] * 3,
    ]
    assert tuned[0].space["training.lr"] == Range(low=0.001, high=0.3, log=True)
    chosen = tuned[-1].plan({"training.lr": 0.02, "encoder.layers": 2})
    assert (chosen.training.lr, chosen.training.valid_k, chosen.encoder.layers) == (0.02, 5, 2)
    assert (chosen.head, chosen.seed) == (tuned[-1].cell.plan.head, 3)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "encoder.layers",
            "encoder.layer",
            "tune.encoder.layer: no encoder here has this parameter; there are ",
        ),
        ("[1, 2]", "[1, 99]", "tune.encoder.layers: encoder 'lightgcn:dim=8,layers=99': layers must be at most 10, "),
        ("low = 0.001", "low = 0", "  tune.training.lr: low must be above 0 for log"),
        (
            "training.lr",
            "training.valid_k",
            "tune.training.valid_k: trials are judged by it; give --metric hr@K instead",
        ),
    ],
)
def test_what_is_wrong_with_a_range_is_said_before_anything_is_trained(old, new, message):
    document = tomllib.loads(EXPERIMENT.replace(old, new))
    with pytest.raises(HashbenchError) as caught:
        studies(parse(document, "tiny.toml"), 5)
    assert str(caught.value).splitlines()[-1].startswith(message)
