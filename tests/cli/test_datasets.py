"""`hashbench datasets`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from hashbench.cli.datasets import datasets
from hashbench.data import sources
from hashbench.errors import BadData, UnknownName


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with a small copy of gowalla and a damaged one of MovieLens."""
    monkeypatch.setattr(sources, "download_cache", lambda: tmp_path / "cache")
    monkeypatch.delenv("HASHBENCH_DATA", raising=False)
    for name, content in {"gowalla": "0 1 1 2\n1 3\n", "ml-1m": ""}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "train.txt").write_text(content)
    return tmp_path


def run(*arguments: str | Path) -> str:
    result = CliRunner().invoke(datasets, [str(argument) for argument in arguments], catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def test_every_state_is_shown(folder: Path) -> None:
    listings = {listing["name"]: listing for listing in json.loads(run("--data-dir", folder, "--format", "json"))}
    assert {
        name: listing["state"] for name, listing in listings.items() if name in ("gowalla", "ml-1m", "pinterest")
    } == {
        "gowalla": "present",
        "ml-1m": "unusable",
        "pinterest": "absent",
    }
    gowalla = listings["gowalla"]
    assert (gowalla["users"], gowalla["items"], gowalla["interactions"], gowalla["merged"]) == (29_858, 40_981, 3, 1)
    assert len(gowalla["fingerprint"]) == 12
    assert gowalla["notes"][0].startswith("gowalla: this copy has 2 users")
    assert listings["ml-1m"]["source"].startswith(f"{folder / 'ml-1m' / 'train.txt'}: the file is empty; ")
    assert listings["pinterest"]["source"].startswith("pinterest is not here: put https://")
    assert listings["synthetic"]["density_percent"] == 3.3333
    assert "file" not in listings


def test_the_table_says_what_to_do(folder: Path) -> None:
    lines = run("--data-dir", folder).splitlines()
    rows = [line.split() for line in lines]
    assert ["gowalla", "present", "29,858", "40,981", "3", "0.000", "1"] in [row[:7] for row in rows]
    assert ["pinterest", "absent"] in rows
    assert f"gowalla: {folder / 'gowalla'}" in lines
    assert any(line.startswith("pinterest is not here: put https://") for line in lines)


def test_a_file_by_name(folder: Path) -> None:
    path = folder / "my log.csv"
    path.write_text("user,item\n1,2\n1,\n")
    (listing,) = json.loads(run(f"file:path={path}", "--skip-bad-rows", "--format", "json"))
    assert (listing["state"], listing["interactions"], listing["skipped"]) == ("present", 1, 1)
    (listing,) = json.loads(run(f"file:path={path}", "--format", "json"))
    assert listing["state"] == "unusable"
    assert listing["source"].startswith(f"{path}:3: 'item' is empty; ")


def test_bad_names_and_folders(folder: Path) -> None:
    with pytest.raises(UnknownName, match=r"^There is no data set called 'gowala'\. Did you mean 'gowalla'\?"):
        run("gowala")
    with pytest.raises(BadData, match="nowhere: no such folder"):
        run("--data-dir", folder / "nowhere")


def test_importing_the_command_loads_nothing_heavy() -> None:
    heavy = "{'numpy', 'pandas', 'pyarrow', 'pooch', 'rich'}"
    code = f"import sys, hashbench.cli.datasets; print(sorted({heavy} & set(sys.modules)))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "[]"
