"""Files that are there whole or not at all."""

import stat

import pytest

from hashbench.results.atomic import atomic_write, atomic_write_path


def mode(file):
    return stat.S_IMODE(file.stat().st_mode)


@pytest.fixture
def usual(tmp_path):
    """Return the mode that a new file gets here."""
    (tmp_path / "new").touch()
    return mode(tmp_path / "new")


def test_a_writer_that_puts_a_file_of_its_own_there_is_fine(tmp_path, usual):
    file = tmp_path / "file"
    file.write_text("old")
    with atomic_write_path(file) as trial:
        own = tmp_path / "own"
        own.write_text("new")
        own.chmod(0o600)
        own.replace(trial)
        assert file.read_text() == "old"
    assert file.read_text() == "new"
    assert mode(file) == usual


@pytest.mark.parametrize("kind", [atomic_write, atomic_write_path])
def test_what_fails_leaves_the_old_file_and_nothing_else(tmp_path, kind):
    file = tmp_path / "file"
    file.write_text("old")
    with pytest.raises(RuntimeError), kind(file):
        raise RuntimeError
    assert [file.name for file in tmp_path.iterdir()] == ["file"]
    assert file.read_text() == "old"


def test_a_stream_takes_the_place_of_the_file(tmp_path, usual):
    file = tmp_path / "file"
    with atomic_write(file) as stream:
        stream.write(b"new")
        assert not file.exists()
    assert file.read_bytes() == b"new"
    assert mode(file) == usual
