"""A full disk stops a grid with one line and loses no finished record; with room the same command continues."""

import shutil
import subprocess

import pytest

from .process import outcomes

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


def test_a_full_disk_loses_no_finished_record(whole_grid, tmp_path):
    if shutil.which("unshare") is None:
        pytest.skip("there is no unshare, which gives a process its own mounts")
    experiment, _, expected = whole_grid
    (tmp_path / "small").mkdir()
    shutil.copy(experiment, tmp_path / "grid.toml")
    command = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", SCRIPT, "sh", str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True)
    if ended.returncode == 77 or "Operation not permitted" in ended.stderr:
        pytest.skip(f"a small disk cannot be mounted here: {ended.stderr.strip()}")
    assert ended.returncode == 0, ended.stderr

    def text(name):
        return (tmp_path / name).read_text()

    last = text("first.err").splitlines()[-1]
    assert text("first.rc") == "2\n"
    assert last.startswith("Error: Results cannot be written to ")
    assert "no space left on device" in last
    finished = outcomes(tmp_path / "after")
    assert 0 < len(finished) < len(expected)
    assert finished == {run: expected[run] for run in finished}
    assert text("second.rc") == "0\n", text("second.err")
    assert outcomes(tmp_path / "whole") == expected
