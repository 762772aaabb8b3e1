"""hashbench tune as a user has it: judged by validation, resumed after any kill, ended in an experiment file."""

import os
import random
import signal
import subprocess
import sys
import time
import tomllib

import pytest

from hashbench.errors import HashbenchError
from hashbench.grid.experiment import Range
from hashbench.grid.experiment_file import parse
from hashbench.results.store import ResultsFolder
from hashbench.tuning.studies import studies

from ..cli.process import TINY, hashbench

optuna = pytest.importorskip("optuna")

EXPERIMENT = f"""
name = "tiny"

[axes]
dataset = "{TINY}"
encoder = ["mf:dim=8", "lightgcn:dim=8"]
head = ["continuous", "lsh:bits=8", "guided_ste:bits=8"]
seed = [3, 4]

[training]
epochs = 12
batch_size = 256

[search]
k = [5]

[tune]
training.lr = {{low = 0.001, high = 0.3, log = true}}
encoder.layers = [1, 2]
"""


TUNE = [sys.executable, "-m", "hashbench", "tune", "--metric", "hr@5", "--threads", "1"]


def tune(folder, *options, text=EXPERIMENT):
    file = folder / "tiny.toml"
    file.write_text(text)
    return hashbench("tune", file, "--metric", "hr@5", "--threads", "1", *options, cwd=folder)


def trials_of(folder):
    """Return each study's trials as the storage has them; those that were killed are left out."""
    address = f"sqlite:///{folder / 'results' / 'tune.db'}"
    found = {}
    for study in optuna.get_all_study_summaries(address):
        kept = optuna.load_study(study_name=study.study_name, storage=address).trials
        ended = [one for one in kept if one.state.name != "FAIL"]
        found[study.study_name] = [(one.state.name, one.params, one.value, one.intermediate_values) for one in ended]
    return found


def test_a_search_killed_again_and_again_ends_as_if_it_had_not_been(tmp_path):
    text = EXPERIMENT.replace('"mf:dim=8", ', "").replace('"continuous", ', "")
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    whole.mkdir()
    killed.mkdir()
    undisturbed = tune(whole, "--trials", 8, text=text)
    assert undisturbed.returncode == 0, undisturbed.stderr
    expected = trials_of(whole)
    assert [len(trials) for trials in expected.values()] == [8] * 2
    assert any(state == "PRUNED" for trials in expected.values() for state, *_ in trials)
    (killed / "tiny.toml").write_text(text)
    rng = random.Random(0)
    for _ in range(3):
        process = subprocess.Popen(
            [*TUNE, "tiny.toml", "--trials", "8"],
            cwd=killed,
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        process.stderr.readline()  # a trial has ended
        time.sleep(rng.uniform(0, 1))
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    resumed = tune(killed, "--trials", 8, text=text)
    assert resumed.returncode == 0, resumed.stderr
    assert trials_of(killed) == expected
    assert (killed / "tiny-tuned.toml").read_bytes() == (whole / "tiny-tuned.toml").read_bytes()
    assert resumed.stdout == undisturbed.stdout


@pytest.fixture(scope="module")
def tuned(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tuned")
    ended = tune(folder, "--trials", "3")
    assert ended.returncode == 0, ended.stderr
    return folder, ended


def test_a_second_call_tries_nothing_and_says_the_same(tuned):
    folder, first = tuned
    before = (folder / "tiny-tuned.toml").read_bytes()
    second = tune(folder, "--trials", "3")
    assert (second.stderr, second.stdout) == ("", first.stdout)
    assert (folder / "tiny-tuned.toml").read_bytes() == before
    more = tune(folder, "--trials", "4")
    assert more.stderr.count("[4/4]") == len(more.stderr.splitlines()) == 6


def test_the_experiment_it_writes_trains_what_validation_chose(tuned):
    folder, _ = tuned
    best = {name: max(value for _, _, value, _ in trials if value) for name, trials in trials_of(folder).items()}
    ended = hashbench("grid", "tiny-tuned.toml", "--threads", "1", cwd=folder)
    assert ended.returncode == 0, ended.stderr
    assert "12 models" in ended.stdout
    records, _ = ResultsFolder(folder / "results").read_all()
    curves = {
        (record.encoder, record.head): max(point.valid_hr for point in record.training[-1].history)
        for record in records
        if record.seed == 3 and record.training[-1].history
    }
    assert len(curves) == 4
    assert sorted(curves.values()) == sorted(value for name, value in best.items() if ", lsh" not in name)


def test_the_file_holds_every_seed_and_all_that_was_chosen(tuned):
    folder, _ = tuned
    whole = tomllib.loads((folder / "tiny-tuned.toml").read_text())
    rules = [whole["axes"] | {"training": whole["training"]}, *whole["include"]]
    assert [rule["seed"] for rule in rules] == [[3, 4]] * 6
    assert [rule["head"] for rule in rules] == ["continuous", "lsh:bits=8", "guided_ste:bits=8"] * 2
    assert all(rule["training"]["valid_k"] == 5 and 0.001 <= rule["training"]["lr"] <= 0.3 for rule in rules)
    assert whole["search"] == {"k": [5]}


def test_each_model_is_searched_where_it_has_the_parameter():
    given = tomllib.loads(EXPERIMENT.replace("seed = [3, 4]", "seed = 3"))
    found, skipped = studies(parse(given, "tiny.toml"), 5)
    assert skipped == {}
    assert [(study.cell.plan.encoder.name, sorted(study.space)) for study in found] == [
        *[("mf", ["training.lr"])] * 3,
        *[("lightgcn", ["encoder.layers", "training.lr"])] * 3,
    ]
    assert found[0].space["training.lr"] == Range(low=0.001, high=0.3, log=True)
    chosen = found[-1].plan({"training.lr": 0.02, "encoder.layers": 2})
    assert (chosen.training.lr, chosen.training.valid_k, chosen.encoder.layers) == (0.02, 5, 2)
    assert (chosen.head, chosen.seed) == (found[-1].cell.plan.head, 3)


def test_values_that_were_tried_are_not_trained_again(tmp_path):
    text = EXPERIMENT.replace('["mf:dim=8", "lightgcn:dim=8"]', '"lightgcn:dim=8"')
    text = text.replace('["continuous", "lsh:bits=8", "guided_ste:bits=8"]', '"continuous"')
    text = text.replace("training.lr = {low = 0.001, high = 0.3, log = true}\n", "")
    ended = tune(tmp_path, "--trials", "6", text=text)
    assert ended.returncode == 0, ended.stderr
    (trials,) = trials_of(tmp_path).values()
    trained = [trial for trial in trials if trial[3]]
    assert len(trials) == 6
    assert [trial[1]["encoder.layers"] for trial in trained] == list(
        dict.fromkeys(one[1]["encoder.layers"] for one in trials)
    )


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
    given = tomllib.loads(EXPERIMENT.replace(old, new))
    with pytest.raises(HashbenchError) as caught:
        studies(parse(given, "tiny.toml"), 5)
    assert str(caught.value).splitlines()[-1].startswith(message)


def test_one_clear_line_each(tmp_path):
    def last_line(*options, text=EXPERIMENT):
        ended = tune(tmp_path, *options, text=text)
        assert ended.returncode == 2
        return ended.stderr.splitlines()[-1]

    assert last_line("--metric", "ndcg@10") == (
        "Error: --metric must be hr@K, such as hr@50, or auc: what validation measures; got 'ndcg@10'"
    )
    (tmp_path / "mine.db").write_text("no database")
    assert last_line("--storage", tmp_path / "mine.db").startswith(
        f"Error: {tmp_path / 'mine.db'} is no storage of Optuna ("
    )
    assert (tmp_path / "mine.db").read_text() == "no database"
    assert last_line("-o", tmp_path / "tiny.toml").endswith("is the experiment itself; give another name")
    text = EXPERIMENT.partition("[tune]")[0]
    assert last_line(text=text) == "encoder.layers = [1, 2, 3]"


def test_values_that_fail_are_a_failed_trial_and_the_others_go_on(tmp_path):
    text = EXPERIMENT.replace('["continuous", "lsh:bits=8", "guided_ste:bits=8"]', '"itq:bits=8"')
    text = text.replace('["mf:dim=8", "lightgcn:dim=8"]', '"mf"').replace(
        "encoder.layers = [1, 2]", "encoder.dim = [4, 16]"
    )
    ended = tune(tmp_path, "--trials", "4", text=text)
    assert ended.returncode == 0, ended.stderr
    assert "failed head 'itq' has bits=8, but embeddings have only 4 values; give fewer bits" in ended.stderr
    assert ended.stdout.count(" failed)") == 1
    again = tune(tmp_path, "--trials", "4", text=text)
    assert (again.stderr, again.stdout) == ("", ended.stdout)
