"""`hashbench run` and `hashbench.run` on the embedded data set."""

import json
import re
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import hashbench
from hashbench.results.store import ResultsFolder

from .in_process import hashbench as command
from .process import RUN, TINY, listen_to_ctrl_c
from .process import hashbench as process

FIELDS = {
    "dataset",
    "encoder",
    "head",
    "n_bits",
    "objective",
    "retriever",
    "seed",
    "status",
    "metrics",
    "latency",
    "bytes_per_item",
    "train_seconds",
    "run_id",
}
HEADS = ["lsh:bits=16", "sign_ste:bits=16", "guided_ste:bits=16", "hashnet:bits=16", "gumbel:bits=16"]


def small(**changes):
    options = {"encoder": "lightgcn:dim=16", "head": "guided_ste:bits=16", "dataset": TINY, "epochs": 3, "k": (5, 10)}
    return hashbench.run(**(options | changes))


def test_json_is_all_there_is_on_standard_output(tmp_path):
    ended = process(*RUN, "--format", "json", "--out", tmp_path)
    records = json.loads(ended.stdout)
    assert [record["retriever"] for record in records] == ["continuous", "hierarchical", "hamming"]
    for record in records:
        assert record.keys() >= FIELDS
        assert record["latency"].keys() >= {"p50_ms", "p95_ms", "p99_ms", "batch_qps"}
        assert 0 <= record["metrics"]["hr@5"] <= 1
    compared = json.loads(command("compare", tmp_path, "--format", "json").stdout)
    assert {row["run_id"] for row in compared} == {record["run_id"] for record in records}
    assert all(row.keys() >= FIELDS for row in compared)


def test_the_shown_command_repeats_the_run_bit_for_bit(tmp_path):
    first = json.loads(command(*RUN, "--format", "json", "--out", tmp_path / "a").stdout)[2]
    words = first["command"].split()
    assert words[0] == "hashbench"
    (again,) = json.loads(process(*words[1:], "--format", "json", "--out", tmp_path / "b").stdout)
    assert again["run_id"] == first["run_id"]
    assert again["metrics"] == first["metrics"]


def test_threads_do_not_change_the_metrics(tmp_path):
    """In processes of their own, on matrices large enough to be shared between threads."""
    run = ["run", "--encoder", "sage", "--head", "guided_ste", "--dataset", "synthetic", "--epochs", "2", "--format"]
    one_thread, two_threads = (
        json.loads(process(*run, "json", "--threads", threads, "--out", tmp_path / str(threads)).stdout)
        for threads in (1, 2)
    )
    for first, second in zip(one_thread, two_threads, strict=True):
        assert first["metrics"] == second["metrics"]


def test_another_seed_is_another_run():
    first, second = small(seed=0)[0], small(seed=1)[0]
    assert first.run_id != second.run_id
    assert first.data.fingerprint == second.data.fingerprint
    assert first.data.split_fingerprint != second.data.split_fingerprint


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("train_head", ["joint", "post_hoc"])
def test_every_head_is_trained_with_the_encoder_and_after_it(head, train_head):
    records = small(head=head, train_head=train_head)
    assert [record.status for record in records] == ["ok"] * 3
    stages = [stage.stage for stage in records[0].training]
    if head.startswith("lsh"):
        assert stages == ["encoder", "head"]
    else:
        assert stages == (["joint"] if train_head == "joint" else ["encoder", "head"])


def test_a_fitted_head_starts_from_the_very_encoder_that_is_trained_without_hashing():
    alone = small(head="continuous")[0]
    before_lsh = small(head="lsh:bits=16", retrievers="continuous")[0]
    assert before_lsh.metrics == alone.metrics
    assert before_lsh.training[0].history == alone.training[0].history


def test_a_head_without_weights_is_the_same_run_with_and_after():
    assert (
        small(head="lsh:bits=16", train_head="joint")[0].run_id
        == small(head="lsh:bits=16", train_head="post_hoc")[0].run_id
    )


def test_candidates_without_end_give_the_float_ranking_of_the_same_model():
    continuous, hierarchical = small(retrievers=["continuous", "hierarchical:candidates=50"])
    assert hierarchical.metrics == pytest.approx(continuous.metrics, abs=1e-12)


def test_the_means_are_those_of_the_values_kept_a_user(tmp_path):
    for record in small(out=tmp_path):
        values = ResultsFolder(tmp_path).per_user(record)
        assert values.keys() == record.metrics.keys()
        for name, mean in record.metrics.items():
            assert np.nanmean(values[name], dtype=np.float64) == pytest.approx(mean, abs=1e-6)


def test_without_validation_items_the_run_says_so():
    (record, *_) = small(split="ratio:valid=0")
    assert record.training[0].stopped == "all epochs done, with nothing to validate on"
    assert record.training[0].best_epoch == 3


def test_without_validation_items_progress_has_the_loss_alone(tmp_path):
    ended = command(*RUN, "--split", "ratio:valid=0", "--out", tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert re.search(r"epoch 1/\d+  loss [\d.]+$", ended.stderr, re.MULTILINE)


def test_the_same_file_name_with_other_content_is_another_run(tmp_path):
    rng = np.random.default_rng(0)
    ids = []
    for _ in range(2):
        pairs = {(user, item) for user, item in zip(rng.integers(0, 30, 400), rng.integers(0, 20, 400), strict=True)}
        rows = "".join(f"u{user},i{item}\n" for user, item in pairs)
        (tmp_path / "log.csv").write_text("user,item\n" + rows)
        records = small(dataset=f"file:path={tmp_path / 'log.csv'}", out=tmp_path / "out")
        ids.append({record.run_id for record in records})
    assert not ids[0] & ids[1]
    assert len(hashbench.load_results(tmp_path / "out")) == 6


def test_load_results_gives_a_row_a_record(tmp_path):
    records = small(out=tmp_path)
    frame = hashbench.load_results(tmp_path)
    assert sorted(frame["run_id"]) == sorted(record.run_id for record in records)
    assert {"hr@5", "ndcg@10", "p50_ms", "batch_qps", "bytes_per_item"} <= set(frame.columns)


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_stopped_says_how_to_go_on(tmp_path, stop):
    arguments = [sys.executable, "-m", "hashbench", *RUN, "--out", str(tmp_path / "out")]
    arguments[arguments.index("--epochs") + 1] = "100000"
    arguments += ["--patience", "100000"]
    with subprocess.Popen(
        arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=listen_to_ctrl_c
    ) as running:
        try:
            assert "epoch 1/100000" in running.stderr.readline()  # the first epoch is done
            time.sleep(0.5)
            running.send_signal(stop)
            stdout, stderr = running.communicate(timeout=300)
        finally:
            running.kill()
    assert running.returncode == 130
    assert stdout == ""
    assert stderr.splitlines()[-1].startswith("Error: stopped in epoch ")
    assert stderr.splitlines()[-1].endswith(
        "of 100000 of stage 'encoder'; no record was written. The same command starts again; "
        "a smaller --epochs gives a whole, shorter training. What was trained is kept (--reuse-model)."
    )
    assert not list((tmp_path / "out").glob("*.json"))


def test_help_loads_nothing_heavy():
    code = """
import atexit, sys
from hashbench.cli import main
heavy = {"torch", "dgl", "numba", "pandas", "pydantic", "scipy", "rich", "numpy"}
atexit.register(lambda: print(sorted(heavy & sys.modules.keys())))
sys.argv = ["hashbench", "--help"]
main()
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
    assert ended.stdout.splitlines()[-1] == "[]"
