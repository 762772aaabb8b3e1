"""A disk that is full stops a grid with one line, loses no finished record, and the same command goes on with room."""

import shutil
import subprocess

import pytest

from .process import GRID, grid, outcomes

SCRIPT = """
set -u
mount -t tmpfs -o size=400k none "$1/small" || exit 77
python -m hashbench grid "$1/grid.toml" --out "$1/small/out" --threads 1 > "$1/first.out" 2> "$1/first.err"
echo $? > "$1/first.rc"
cp -r "$1/small/out" "$1/after"
mount -o remount,size=64m "$1/small"
python -m hashbench grid "$1/grid.toml" --out "$1/small/out" --threads 1 > "$1/second.out" 2> "$1/second.err"
echo $? > "$1/second.rc"
cp -r "$1/small/out" "$1/whole"
"""


def test_a_full_disk_loses_no_finished_record(tmp_path):
    if shutil.which("unshare") is None:
        pytest.skip("unshare, which gives a mount of its own, is not here")
    (tmp_path / "small").mkdir()
    file = tmp_path / "grid.toml"
    file.write_text(GRID.replace("EPOCHS", "2"))
    command = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", SCRIPT, "sh", str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True)
    if ended.returncode == 77 or "Operation not permitted" in ended.stderr:
        pytest.skip(f"a small disk cannot be mounted here: {ended.stderr.strip()}")
    assert ended.returncode == 0, ended.stderr

    def said(name):
        return (tmp_path / name).read_text()

    assert grid(file, tmp_path / "expected", "--threads", 1).returncode == 0
    expected = outcomes(tmp_path / "expected")
    last = said("first.err").splitlines()[-1]
    assert said("first.rc") == "2\n"
    assert last.startswith("Error: Results cannot be written to ")
    assert "no space left on device" in last
    kept = outcomes(tmp_path / "after")
    assert 0 < len(kept) < len(expected)
    assert kept == {run: expected[run] for run in kept}
    assert said("second.rc") == "0\n", said("second.err")
    assert outcomes(tmp_path / "whole") == expected
