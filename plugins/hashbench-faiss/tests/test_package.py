"""The package as it is installed."""

import json
import subprocess
import sys

NAMES = ["faiss_binary_flat", "faiss_binary_ivf", "faiss_binary_hnsw", "faiss_ivf_pq", "faiss_hnsw"]


def hashbench(*arguments):
    return subprocess.run([sys.executable, "-m", "hashbench", *arguments], capture_output=True, text=True, timeout=240)


def test_the_retrievers_are_listed_and_described():
    assert "hashbench-faiss" in hashbench("plugins").stdout
    listed = hashbench("list", "retrievers").stdout
    assert all(name in listed for name in NAMES)
    assert "from hashbench-faiss" in hashbench("describe", "faiss_ivf_pq").stdout


def test_help_does_not_import_faiss():
    code = (
        "import sys, hashbench.registry.plugins; hashbench.registry.plugins.plugins(); sys.exit('faiss' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=120).returncode == 0


def test_they_stand_in_one_table_with_the_exact_ones(tmp_path):
    ran = hashbench(
        *["run", "--encoder", "mf:dim=8", "--head", "lsh:bits=20", "--epochs", "1", "--k", "5", "--threads", "2"],
        *["--dataset", "synthetic:users=60,items=50,interactions=900", "--out", str(tmp_path), "--format", "json"],
        *[word for name in ["hamming", "continuous", *NAMES] for word in ("--retriever", name)],
    )
    assert ran.returncode == 0, ran.stderr
    metrics = {record["spec"]["retriever"]: record["metrics"] for record in json.loads(ran.stdout)}
    assert list(metrics) == ["hamming", "continuous", *NAMES]
    recall = {name: metrics[name].pop("exact_recall@5") for name in NAMES}
    assert recall.pop("faiss_ivf_pq") <= 1
    assert set(recall.values()) == {1.0}
    # With so few items there is one list and no walk: all but the quantised ones are exact.
    assert metrics["faiss_binary_flat"] == metrics["hamming"]
    assert metrics["faiss_binary_ivf"] == metrics["faiss_binary_hnsw"]
    assert metrics["faiss_hnsw"] == metrics["continuous"]
    table = hashbench("compare", str(tmp_path), "--format", "csv").stdout
    assert "faiss_hnsw" in table
    assert "exact_recall@" in table.splitlines()[0]


def test_a_bad_parameter_is_one_line():
    wrong = "faiss_hnsw:m=1"
    ran = hashbench("run", "--encoder", "mf", "--head", "lsh", "--dataset", "synthetic", "--retriever", wrong)
    assert ran.returncode == 2
    assert wrong in ran.stderr
    assert "Traceback" not in ran.stderr
