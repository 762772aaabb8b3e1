"""The commit of a checkout."""

import os
import shutil
import subprocess

import pytest

from hashbench.pipeline.commit import of_folder

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not on the PATH")


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    git(tmp_path, "init", "-q")
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").write_text("")
    (tmp_path / "notes").write_text("")
    return tmp_path


def git(folder, *words):
    who = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    done = subprocess.run(["git", *who, *words], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_it_is_that_of_the_checkout_and_says_whether_the_package_was_changed(checkout):
    package = checkout / "package"
    assert of_folder(package) is None
    git(checkout, "add", "-A")
    git(checkout, "commit", "-qm", "first")
    first = git(checkout, "rev-parse", "HEAD")
    assert of_folder(package) == first
    (checkout / "notes").write_text("outside the package")
    assert of_folder(package) == first
    (package / "more.py").write_text("")
    assert of_folder(package) == f"{first}+"


def test_another_repository_in_the_environment_is_not_asked(checkout, monkeypatch):
    git(checkout, "add", "-A")
    git(checkout, "commit", "-qm", "first")
    first = git(checkout, "rev-parse", "HEAD")
    monkeypatch.setenv("GIT_DIR", str(checkout / "nowhere"))
    assert of_folder(checkout / "package") == first


def test_a_package_that_a_checkout_does_not_know_has_none(checkout):
    git(checkout, "add", "notes")
    git(checkout, "commit", "-qm", "notes")
    assert of_folder(checkout / "package") is None
