"""`hashbench grid` as its users run it: finished runs are not repeated, and a failure leaves the others alone."""

import json
import os
import shlex
import signal
import time

import psutil
import pytest

from hashbench.results.store import ResultsFolder

from ..grids.process import GRID, N_MODELS, N_RUNS, TINY, grid, kill, outcomes, start
from .process import hashbench

SMALL = f"""
[axes]
dataset = "{TINY}"
encoder = "mf:dim=8"
head = ["continuous", "lsh:bits=8", "sign_ste:bits=8"]

[training]
epochs = 3

[search]
k = [5, 10]
"""


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """A small grid that has run to its end."""
    folder = tmp_path_factory.mktemp("grid")
    file = folder / "small.toml"
    file.write_text(SMALL)
    ended = grid(file, folder / "out", "--threads", 1)
    assert ended.returncode == 0, ended.stderr
    return file, folder / "out", ended


def test_it_says_what_is_to_do_and_how_each_model_ended(done):
    _, out, ended = done
    assert ended.stdout.splitlines() == [
        "small: 3 models, 7 runs",
        "  done: 0 runs",
        "  to train: 3 models",
        "  time: unknown, without an earlier run",
        f"3 models done, 0 failed  (hashbench compare {out}/)",
    ]
    lines = ended.stderr.splitlines()
    assert [line.partition(":")[0] for line in lines] == [f"[{n}/3] synthetic" for n in (1, 2, 3)]
    assert all("trained and searched in" in line for line in lines)


def test_a_second_call_trains_nothing_and_writes_nothing(done):
    file, out, _ = done
    previous = {file: file.stat().st_mtime_ns for file in out.rglob("*.json")}
    ended = grid(file, out)
    assert ended.returncode == 0
    assert ended.stdout.splitlines() == ["small: 3 models, 7 runs", "  done: 7 runs", "  to train: 0 models"]
    assert {file: file.stat().st_mtime_ns for file in out.rglob("*.json")} == previous


def test_a_dry_run_writes_nothing(done, tmp_path):
    file, _, _ = done
    ended = grid(file, tmp_path / "none", "--dry-run")
    assert ended.returncode == 0
    assert "  to train: 3 models" in ended.stdout
    assert not (tmp_path / "none").exists()


def test_another_retriever_and_k_train_nothing(done):
    file, out, _ = done
    more = file.with_name("more.toml")
    more.write_text(SMALL.replace("k = [5, 10]", 'k = [7]\nretriever = ["multi_index", "continuous"]'))
    previous = outcomes(out)
    ended = grid(more, out, "--threads", 1, inline=True)
    assert ended.returncode == 0, ended.stderr
    assert "  to train: 0 models; 3 more models in the cache, to search" in ended.stdout
    assert all(": searched in" in line for line in ended.stderr.splitlines())
    records = {record.run_id: record for record in ResultsFolder(out).read_all()[0]}
    assert len(records) == len(previous) + 5
    trained = {record.model_id: record.training for record in records.values() if record.run_id in previous}
    assert all(record.training == trained[record.model_id] for record in records.values())


def test_a_head_after_an_encoder_reuses_the_encoder(done):
    file, out, _ = done
    another = file.with_name("another.toml")
    another.write_text(SMALL.replace('head = ["continuous", "lsh:bits=8", "sign_ste:bits=8"]', 'head = "lsh:bits=24"'))
    records, _ = ResultsFolder(out).read_all()
    encoder = next(record.training[0] for record in records if record.head == "continuous")
    ended = grid(another, out, "--threads", 1, inline=True)
    assert ended.returncode == 0, ended.stderr
    new = next(record for record in ResultsFolder(out).read_all()[0] if record.n_bits == 24)
    assert new.training[0] == encoder  # its seconds too: it was not trained again


def test_a_stale_run_is_shown_and_run_again(done, tmp_path):
    file, out, _ = done
    folder = ResultsFolder(out)
    record = lsh_by_hamming(out)
    folder.update(record.model_copy(update={"versions": record.versions.model_copy(update={"hashbench": "0.0.1"})}))
    ended = grid(file, out, "--threads", 1, inline=True)
    assert "  stale, run again: 1 run" in ended.stdout
    assert f"    {record.run_id[:8]}: made by hashbench 0.0.1, which now is {record.versions.hashbench}" in ended.stdout
    again = folder.find(record.run_id)
    assert again.versions == record.versions
    assert again.metrics == record.metrics
    assert again.created > record.created


def test_a_cell_that_fails_is_a_record_and_the_others_go_on(tmp_path):
    file, out = tmp_path / "fails.toml", tmp_path / "out"
    file.write_text(SMALL.replace("epochs = 3", "epochs = 3\nlr = [0.01, 1e30]"))
    ended = grid(file, out, "--threads", 1, inline=True)
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1].startswith("Error: 3 of 6 models failed; --retry-failed runs them again")
    records, _ = ResultsFolder(out).read_all()
    assert sorted(record.status for record in records) == ["failed"] * 7 + ["ok"] * 7
    assert all("the loss" in record.error for record in records if record.status == "failed")
    again = grid(file, out, "--threads", 1, inline=True)
    assert again.returncode == 0
    assert "  failed before: 7 runs (--retry-failed runs them again)" in again.stdout
    assert "  to train: 0 models" in again.stdout
    retried = grid(file, out, "--retry-failed", "--threads", 1, inline=True)
    assert retried.returncode == 1
    assert "  to train: 3 models" in retried.stdout


def test_a_worker_that_is_killed_fails_its_cell_alone(tmp_path):
    file, out = tmp_path / "grid.toml", tmp_path / "out"
    file.write_text(GRID)
    process = start(file, out, "--threads", 1)
    while not list((out / "models" / "locks").glob("*.lock")):
        time.sleep(0.05)
    children = psutil.Process(process.pid).children()
    workers = [child for child in children if "spawn_main" in " ".join(child.cmdline())]
    workers[-1].send_signal(signal.SIGKILL)
    while len(list(out.glob("*.json"))) < 3:
        time.sleep(0.05)
    kill(process)
    records, problems = ResultsFolder(out).read_all()
    assert not problems
    failed = [record for record in records if record.status == "failed"]
    assert failed
    assert {record.error for record in failed} == {"its process was ended by SIGKILL, as when memory runs out"}
    assert len({record.model_id for record in failed}) == 1
    assert any(record.status == "ok" for record in records)


def test_two_grids_on_one_folder_share_the_work(tmp_path):
    file, out = tmp_path / "grid.toml", tmp_path / "out"
    file.write_text(GRID)
    both = [start(file, out, "--threads", 1) for _ in range(2)]
    stderr = [process.communicate()[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], stderr
    assert len(outcomes(out)) == N_RUNS
    trained = [line for text in stderr for line in text.splitlines() if "trained and searched in" in line]
    assert len(trained) == N_MODELS
    records, _ = ResultsFolder(out).read_all()
    assert len({record.model_id for record in records}) == N_MODELS


def test_the_budget_leaves_the_rest_for_the_next_call(tmp_path):
    file, out = tmp_path / "grid.toml", tmp_path / "out"
    file.write_text(SMALL + "\n[budget]\nmodels = 2\n")
    first = grid(file, out, "--threads", 1, inline=True)
    assert first.returncode == 0
    assert "2 models done, 0 failed, 1 left by the budget (the same command continues)" in first.stdout
    second = grid(file, out, "--threads", 1, inline=True)
    assert "  to train: 1 model\n" in second.stdout
    assert "1 model done, 0 failed  (" in second.stdout


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_grid_that_is_stopped_counts_what_is_done_and_records_no_failure(tmp_path, stop):
    file, out = tmp_path / "grid.toml", tmp_path / "out"
    file.write_text(GRID)
    process = start(file, out, "--threads", 1)
    while len(list(out.glob("*.json"))) < 1:
        time.sleep(0.05)
    os.killpg(process.pid, stop)
    _, stderr = process.communicate(timeout=300)
    assert process.returncode == 130
    assert stderr.splitlines()[-1].endswith(f"of {N_MODELS} models are done; the same command continues")
    assert "Traceback" not in stderr
    assert {record.status for record in ResultsFolder(out).read_all()[0]} == {"ok"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[axes]\ndataset = 'nowhere'\nencoder = 'mf'\nhead = 'lsh'\n", "There is no data set called 'nowhere'."),
        (SMALL.replace("k = [5, 10]", "k = 1000"), "k is 1000, but data set"),
        (SMALL.replace(TINY, "file:path=nowhere.csv"), "nowhere.csv"),
    ],
)
def test_a_grid_that_cannot_be_is_refused_before_anything_starts(content, message, tmp_path):
    file, out = tmp_path / "grid.toml", tmp_path / "out"
    file.write_text(content)
    ended = grid(file, out)
    assert ended.returncode == 2
    assert message in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not list(out.rglob("*.json"))


def test_a_record_is_repeated_by_its_command(done, tmp_path):
    _, out, _ = done
    record = lsh_by_hamming(out)
    ended = hashbench(*shlex.split(record.command)[1:], "--out", tmp_path, "--format", "json")
    assert ended.returncode == 0, ended.stderr
    (again,) = json.loads(ended.stdout)
    assert again["run_id"] == record.run_id
    assert again["metrics"] == record.metrics


def lsh_by_hamming(out):
    records, _ = ResultsFolder(out).read_all()
    return next(
        record for record in records if record.head == "lsh" and record.n_bits == 8 and record.retriever == "hamming"
    )
