"""The trials of a search: judged by validation, resumed after any kill, and each set of values trained once."""

import os
import random
import signal
import time

import pytest

pytest.importorskip("optuna")

from .process import EXPERIMENT, start, trials_of, tune


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
    rng = random.Random(0)
    for _ in range(3):
        process = start(killed, "--trials", 8, text=text)
        while process.poll() is None and "\n" not in process.output()[1]:  # until a trial has ended
            time.sleep(0.01)
        time.sleep(rng.uniform(0, 1))
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    resumed = tune(killed, "--trials", 8, text=text)
    assert resumed.returncode == 0, resumed.stderr
    assert trials_of(killed) == expected
    assert (killed / "tiny-tuned.toml").read_bytes() == (whole / "tiny-tuned.toml").read_bytes()
    assert resumed.stdout == undisturbed.stdout


def test_a_second_call_tries_nothing_and_says_the_same(tuned):
    folder, first = tuned
    before = (folder / "tiny-tuned.toml").read_bytes()
    second = tune(folder, "--trials", "3")
    assert (second.stderr, second.stdout) == ("", first.stdout)
    assert (folder / "tiny-tuned.toml").read_bytes() == before
    more = tune(folder, "--trials", "4")
    assert more.stderr.count("[4/4]") == len(more.stderr.splitlines()) == 6


def test_values_that_were_tried_are_not_trained_again(tmp_path):
    text = EXPERIMENT.replace('["mf:dim=8", "lightgcn:dim=8"]', '"lightgcn:dim=8"')
    text = text.replace('["continuous", "lsh:bits=8", "guided_ste:bits=8"]', '"continuous"')
    text = text.replace("training.lr = {low = 0.001, high = 0.3, log = true}\n", "")
    ended = tune(tmp_path, "--trials", "6", text=text)
    assert ended.returncode == 0, ended.stderr
    (trials,) = trials_of(tmp_path).values()
    assert len(trials) == 6
    trained = [parameters["encoder.layers"] for _, parameters, _, validations in trials if validations]
    assert trained == list(dict.fromkeys(parameters["encoder.layers"] for _, parameters, _, _ in trials))


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
