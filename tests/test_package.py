"""The wheel has every file of the package: tests run on the checkout, users on the wheel."""

import subprocess
import sys
import zipfile

import pytest

from .structure import ROOT

pytest.importorskip("hatchling")


@pytest.mark.parametrize(
    ("project", "package"),
    [
        (".", "hashbench"),
        ("plugins/hashbench-spherical", "hashbench_spherical"),
        ("plugins/hashbench-faiss", "hashbench_faiss"),
    ],
)
def test_the_wheel_has_every_file(tmp_path, project, package):
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT / project, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith(f"{package}/")}
    files = (path for path in (ROOT / project / package).rglob("*") if path.is_file())
    names = {path.relative_to(ROOT / project).as_posix() for path in files if "__pycache__" not in path.parts}
    assert packed == names
