"""The package as it is installed."""

import json
import subprocess
import sys


def hashbench(*arguments):
    return subprocess.run([sys.executable, "-m", "hashbench", *arguments], capture_output=True, text=True, timeout=120)


def test_it_is_in_list_describe_run_and_compare(tmp_path):
    assert "hashbench-spherical" in hashbench("plugins").stdout
    assert "spherical" in hashbench("list", "heads").stdout
    assert "from hashbench-spherical" in hashbench("describe", "spherical").stdout
    ran = hashbench(
        *["run", "--encoder", "mf:dim=8", "--head", "spherical:bits=16", "--epochs", "1", "--k", "5"],
        *["--dataset", "synthetic:users=60,items=50,interactions=900", "--out", str(tmp_path), "--format", "json"],
    )
    assert [record["spec"]["head"] for record in json.loads(ran.stdout)] == ["spherical:bits=16"] * 3
    assert "spherical" in hashbench("compare", str(tmp_path)).stdout
