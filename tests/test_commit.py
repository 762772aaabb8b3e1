"""The commit of a checkout."""

import subprocess

import pytest

from hashbench.commit import of_folder


@pytest.fixture
def checkout(tmp_path):
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


def test_a_package_that_a_checkout_does_not_know_has_none(checkout):
    git(checkout, "add", "notes")
    git(checkout, "commit", "-qm", "notes")
    assert of_folder(checkout / "package") is None
