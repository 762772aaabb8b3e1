"""`hashbench grid` as its users run it: what is done is not done again, what fails leaves the rest alone."""

import json
import os
import signal
import time

import psutil
import pytest

from hashbench.results.store import ResultsFolder

from .process import GRID, TINY, grid, outcomes, start

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
    """A small grid that was run whole."""
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
    said = ended.stderr.splitlines()
    assert [line.partition(":")[0] for line in said] == [f"[{n}/3] synthetic" for n in (1, 2, 3)]
    assert all("trained and searched in" in line for line in said)


def test_a_second_call_trains_nothing_and_writes_nothing(done):
    file, out, _ = done
    previous = {one: one.stat().st_mtime_ns for one in out.rglob("*.json")}
    ended = grid(file, out)
    assert ended.returncode == 0
    assert ended.stdout.splitlines() == ["small: 3 models, 7 runs", "  done: 7 runs", "  to train: 0 models"]
    assert {one: one.stat().st_mtime_ns for one in out.rglob("*.json")} == previous


def test_a_dry_run_only_says(done, tmp_path):
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
    ended = grid(more, out, "--threads", 1)
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
    encoder = next(one.training[0] for one in ResultsFolder(out).read_all()[0] if one.head == "continuous")
    ended = grid(another, out, "--threads", 1)
    assert ended.returncode == 0, ended.stderr
    found = [one for one in ResultsFolder(out).read_all()[0] if one.n_bits == 24]
    assert found[0].training[0] == encoder  # its seconds too: it was not trained again


def test_what_has_changed_since_is_shown_and_made_again(done, tmp_path):
    file, out, _ = done
    folder = ResultsFolder(out)
    record = next(one for one in folder.read_all()[0] if one.head == "lsh" and one.retriever == "hamming")
    folder.update(record.model_copy(update={"versions": record.versions.model_copy(update={"hashbench": "0.0.1"})}))
    ended = grid(file, out, "--threads", 1)
    assert "  stale, run again: 1 run" in ended.stdout
    assert f"    {record.run_id[:8]}: made by hashbench 0.0.1, which now is {record.versions.hashbench}" in ended.stdout
    again = next(one for one in folder.read_all()[0] if one.run_id == record.run_id)
    assert again.versions == record.versions
    assert again.metrics == record.metrics
    assert again.created > record.created


def test_a_cell_that_fails_is_a_record_and_the_others_go_on(tmp_path):
    file, out = tmp_path / "fails.toml", tmp_path / "out"
    file.write_text(SMALL.replace("epochs = 3", "epochs = 3\nlr = [0.01, 1e30]"))
    ended = grid(file, out, "--threads", 1)
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1].startswith("Error: 3 of 6 models failed; --retry-failed runs them again")
    records, _ = ResultsFolder(out).read_all()
    assert sorted(record.status for record in records) == ["failed"] * 7 + ["ok"] * 7
    assert all("the loss" in record.error for record in records if record.status == "failed")
    again = grid(file, out, "--threads", 1)
    assert again.returncode == 0
    assert "  failed before: 7 runs (--retry-failed runs them again)" in again.stdout
    assert "  to train: 0 models" in again.stdout
    retried = grid(file, out, "--retry-failed", "--threads", 1)
    assert retried.returncode == 1
    assert "  to train: 3 models" in retried.stdout


def test_a_worker_that_is_killed_fails_its_cell_alone(tmp_path):
    file, out = tmp_path / "grid.toml", tmp_path / "out"
    file.write_text(GRID.replace("EPOCHS", "400"))
    process = start(file, out, "--threads", 1)
    while not list((out / "models" / "locks").glob("*.lock")):
        time.sleep(0.05)
    workers = [one for one in psutil.Process(process.pid).children() if "spawn_main" in " ".join(one.cmdline())]
    workers[-1].send_signal(signal.SIGKILL)
    while len(list(out.glob("*.json"))) < 3:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    records, problems = ResultsFolder(out).read_all()
    assert not problems
    failed = [record for record in records if record.status == "failed"]
    assert failed
    assert {record.error for record in failed} == {"its process was ended by SIGKILL, as when memory runs out"}
    assert len({record.model_id for record in failed}) == 1
    assert any(record.status == "ok" for record in records)


def test_two_grids_on_one_folder_share_the_work(tmp_path):
    file, out = tmp_path / "grid.toml", tmp_path / "out"
    file.write_text(GRID.replace("EPOCHS", "30"))
    both = [start(file, out, "--threads", 1) for _ in range(2)]
    said = [process.communicate()[1].splitlines() for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert len(outcomes(out)) == 28
    trained = [line for lines in said for line in lines if "trained and searched in" in line]
    assert len(trained) == 12
    records, _ = ResultsFolder(out).read_all()
    assert len({record.model_id for record in records}) == 12


def test_the_budget_leaves_the_rest_for_the_next_call(tmp_path):
    file, out = tmp_path / "grid.toml", tmp_path / "out"
    file.write_text(SMALL + "\n[budget]\nmodels = 2\n")
    first = grid(file, out, "--threads", 1)
    assert first.returncode == 0
    assert "2 models done, 0 failed, 1 left by the budget (the same command goes on)" in first.stdout
    second = grid(file, out, "--threads", 1)
    assert "  to train: 1 model\n" in second.stdout
    assert "1 model done, 0 failed  (" in second.stdout


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_grid_that_is_stopped_says_what_is_done_and_records_no_failure(tmp_path, stop):
    file, out = tmp_path / "grid.toml", tmp_path / "out"
    file.write_text(GRID.replace("EPOCHS", "200"))
    process = start(file, out, "--threads", 1)
    while len(list(out.glob("*.json"))) < 1:
        time.sleep(0.05)
    os.killpg(process.pid, stop)
    _, stderr = process.communicate(timeout=300)
    assert process.returncode == 130
    assert stderr.splitlines()[-1].endswith("of 12 models are done, and the same command goes on")
    assert "Traceback" not in stderr
    assert {record.status for record in ResultsFolder(out).read_all()[0]} == {"ok"}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[axes]\ndataset = 'nowhere'\nencoder = 'mf'\nhead = 'lsh'\n", "There is no data set called 'nowhere'."),
        (SMALL.replace("k = [5, 10]", "k = 1000"), "k is 1000, but data set"),
        (SMALL.replace(TINY, "file:path=nowhere.csv"), "nowhere.csv"),
    ],
)
def test_a_grid_that_cannot_be_is_refused_before_anything_starts(content, said, tmp_path):
    file, out = tmp_path / "grid.toml", tmp_path / "out"
    file.write_text(content)
    ended = grid(file, out)
    assert ended.returncode == 2
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not list(out.rglob("*.json"))


def test_the_records_repeat_by_the_command_they_name(done, tmp_path):
    _, out, _ = done
    record = next(one for one in ResultsFolder(out).read_all()[0] if one.retriever == "hamming" and one.head == "lsh")
    import shlex
    import subprocess
    import sys

    words = shlex.split(record.command)[1:]
    ended = subprocess.run(
        [sys.executable, "-m", "hashbench", *words, "--out", str(tmp_path), "--format", "json"],
        capture_output=True,
        text=True,
        check=True,
    )
    (again,) = json.loads(ended.stdout)
    assert again["run_id"] == record.run_id
    assert again["metrics"] == record.metrics
