"""Each wrong input: one clear line on standard error, exit code 2, nothing harmed."""

import json
import shutil

import pytest

from .in_process import hashbench
from .process import RUN, TINY
from .process import hashbench as process


def replaced(option, value):
    arguments = list(RUN)
    if option in arguments:
        arguments[arguments.index(option) + 1] = value
        return arguments
    return [*arguments, option, value]


CASES = [
    ("--head", "guided", "There is no hash head called 'guided'. Did you mean 'guided_ste'? (hashbench list heads)"),
    ("--encoder", "sag", "There is no encoder called 'sag'. Did you mean 'sage'? (hashbench list encoders)"),
    ("--dataset", "ml1m", "There is no data set called 'ml1m'. Did you mean 'ml-1m'? (hashbench list datasets)"),
    ("--objective", "brp", "There is no objective called 'brp'. Did you mean 'bpr'? (hashbench list objectives)"),
    (
        "--retriever",
        "haming",
        "There is no retriever called 'haming'. Did you mean 'hamming'? (hashbench list retrievers)",
    ),
    ("--split", "ratios", "There is no split called 'ratios'. Did you mean 'ratio'? (hashbench list splits)"),
    ("--head", "lsh:bit=8", "hash head 'lsh' has no parameter 'bit'; it has bits. Did you mean 'bits'?"),
    ("--head", "lsh:bits=0", "hash head 'lsh:bits=0': bits must be at least 1, got 0"),
    ("--head", "lsh:bits=many", "hash head 'lsh:bits=many': bits must be a whole number, got 'many'"),
    ("--head", "lsh:bits", "'lsh:bits': 'bits' is not a parameter; write name:key=value,key=value"),
    ("--encoder", "lightgcn:layers=11", "encoder 'lightgcn:layers=11': layers must be at most 10, got 11"),
    ("--lr", "0", "training: lr must be more than 0, got 0.0"),
    ("--epochs", "0", "training: epochs must be at least 1, got 0"),
    ("--lr", "inf", "training: lr must be finite, got inf"),
    ("--head", ":", "':' names no component; write name or name:key=value"),
    ("--k", "5,x", "--k must be whole numbers with commas between, such as 50,100; got '5,x'"),
    ("--k", "0", "--k must name whole numbers from 1 up, such as 50,100"),
    ("--k", "51", f"k is 51, but data set '{TINY}' has only 50 items; give a smaller --k"),
    (
        "--retriever",
        "hierarchical:candidates=4",
        "retriever 'hierarchical:candidates=4' ranks 4 items at most, but k is 5; "
        "give a smaller --k or other parameters",
    ),
    ("--device", "tpu", "--device must be auto, cpu, cuda or cuda:0, got 'tpu'"),
    ("--threads", "0", "--threads must be 1 to 1024, got 0"),
    ("--seed", "-1", "--seed must be at least 0, got -1"),
]


def contents(folder):
    return {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.fixture(scope="module")
def finished_run(tmp_path_factory):
    out = tmp_path_factory.mktemp("finished") / "results"
    assert hashbench(*RUN, "--out", out).returncode == 0
    return out


@pytest.fixture
def out(finished_run, tmp_path):
    """A copy of the results of a run, for a test to change."""
    return shutil.copytree(finished_run, tmp_path / "results")


@pytest.mark.parametrize(("option", "value", "message"), CASES, ids=[f"{case[0]} {case[1]}" for case in CASES])
def test_one_clear_line(option, value, message, tmp_path):
    ended = hashbench(*replaced(option, value), cwd=tmp_path)
    assert ended.stderr.splitlines()[-1] == f"Error: {message}"
    assert ended.stderr.count("Error") == 1
    assert ended.stdout == ""
    assert ended.returncode == 2
    assert not list(tmp_path.glob("results/*"))


def test_a_head_and_a_retriever_that_do_not_fit(tmp_path):
    ended = process(*replaced("--head", "continuous"), "--retriever", "hamming", cwd=tmp_path)
    assert ended.stderr == (
        "Error: hash head 'continuous' gives no codes, which retriever 'hamming' searches; what fits it: continuous\n"
    )
    assert ended.returncode == 2


def test_an_unwritable_out_is_found_before_training_starts(tmp_path):
    file = tmp_path / "a file"
    file.write_text("content")
    ended = hashbench(*RUN, "--out", file)
    message = f"Results cannot be written to {file}: it is a file. Give a folder with --out."
    assert ended.stderr == f"Error: {message}\n"
    assert ended.returncode == 2
    assert file.read_text() == "content"


def test_a_results_folder_with_foreign_and_damaged_files_shows_the_rest(out):
    records = sorted(out.glob("*.json"))
    records[0].write_bytes(records[0].read_bytes()[:300])
    lines = records[0].read_bytes().count(b"\n") + 1
    (out / "package.json").write_text(json.dumps({"name": "something else"}))
    before = contents(out)
    shown = hashbench("compare", out)
    assert shown.returncode == 0
    assert "hierarchical" in shown.stdout
    complaints = shown.stderr.splitlines()
    assert complaints == [
        f"left out {out / 'package.json'}: JSON of another kind, no record of hashbench",
        f"left out {records[0]}: truncated: it ends in line {lines}",
    ]
    assert contents(out) == before


def test_a_failed_run_leaves_what_is_written_alone_and_a_record_of_its_own(out):
    before = contents(out)
    ended = process(*RUN, "--out", out, "--lr", "1e38")
    assert ended.returncode == 1
    assert "try a smaller --lr" in ended.stderr.splitlines()[-1]
    assert {file: file.read_bytes() for file in before} == before
    failed = [json.loads(file.read_text()) for file in out.glob("*.json") if file not in before]
    assert {record["status"] for record in failed} == {"failed"}
    assert all("try a smaller --lr" in record["error"] for record in failed)
    assert "try a smaller --lr" in hashbench("compare", out).stdout


def test_unexpected_options_are_clicks_own_business():
    ended = hashbench("run", "--encodr", "sage")
    assert ended.returncode == 2
    assert "No such option" in ended.stderr
    assert "Traceback" not in ended.stderr
