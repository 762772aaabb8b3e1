"""Looking for data sets and downloading them, against a real HTTP server on this machine."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import io
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from hashbench.components.datasets import gowalla, movielens, pinterest
from hashbench.components.datasets.gowalla import Gowalla
from hashbench.components.datasets.movielens import MovieLens1M
from hashbench.components.datasets.pinterest import Pinterest
from hashbench.data import sources
from hashbench.data.sources import DatasetNotFound, Origin, download_file, find_or_download, search_folders, zip_member
from hashbench.errors import BadData
from hashbench.protocols import LoadContext

RATINGS = b"1::1193::5::978300760\n6040::1::4::956715569\n1::3952::1::956715569\n"
MOVIES = "1::Toy Story (1995)::Animation|Comedy\n73::Misérables, Les (1995)::Drama\n".encode("latin-1")


class Notes:
    """Keeps all notes."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def note(self, message: str) -> None:
        self.lines.append(message)


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder."""

    def log_message(self, *args: object) -> None:
        pass


class BreaksOff(BaseHTTPRequestHandler):
    """Promises a thousand bytes and sends ten."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"0123456789")

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of this test's own, and no folder named by the environment."""
    folder = tmp_path / "cache"
    monkeypatch.setattr(sources, "download_cache", lambda: folder)
    monkeypatch.delenv("HASHBENCH_DATA", raising=False)
    return folder


def serve(handler: object) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)  # type: ignore[arg-type]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def publisher(tmp_path: Path) -> Path:
    folder = tmp_path / "publisher"
    folder.mkdir()
    return folder


@pytest.fixture
def url(publisher: Path) -> Iterator[str]:
    yield from serve(functools.partial(Quiet, directory=str(publisher)))


@pytest.fixture
def broken_url() -> Iterator[str]:
    yield from serve(BreaksOff)


@pytest.fixture
def closed_url() -> str:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    server.server_close()
    return f"http://127.0.0.1:{server.server_port}"


def archive(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, data in members.items():
            opened.writestr(name, data)
    return buffer.getvalue()


def movielens_zip() -> bytes:
    members = {"../evil": b"!", "/tmp/evil": b"!", "ml-1m/ratings.dat": RATINGS, "ml-1m/movies.dat": MOVIES}
    return archive(**members)


def md5(data: bytes) -> str:
    return "md5:" + hashlib.md5(data, usedforsecurity=False).hexdigest()


def use(monkeypatch: pytest.MonkeyPatch, module: object, base_url: str, *contents: bytes) -> None:
    """Let a data set be published elsewhere."""
    origin: Origin = module.ORIGIN  # type: ignore[attr-defined]
    files = dict(zip(origin.files, map(md5, contents), strict=True)) if contents else origin.files
    monkeypatch.setattr(module, "ORIGIN", dataclasses.replace(origin, base_url=base_url, files=files))


def test_a_zip_is_downloaded_once_and_read_without_unpacking(
    publisher: Path, url: str, cache: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    content = movielens_zip()
    (publisher / "ml-1m.zip").write_bytes(content)
    use(monkeypatch, movielens, url, content)
    notes = Notes()
    data = MovieLens1M().load(LoadContext(notes=notes))
    assert data.interactions.row(0).tolist() == [1192, 3951]
    assert data.interactions.row(6039).tolist() == [0]
    assert data.item_titles is not None
    assert data.item_titles[72] == "Misérables, Les (1995)"
    assert notes.lines == [
        f"ml-1m is not here; downloading it from {url} to {cache}",
        "ml-1m: this copy has 2 users, 3 items and 3 rows, the publisher's 6,040 users, 3,706 items and 1,000,209 "
        "rows; say so when you compare results",
    ]
    captured = capfd.readouterr()
    assert captured.out == ""
    assert "100%" in captured.err
    assert [path.name for path in cache.rglob("*")] == ["ml-1m.zip"]
    assert not list(cache.parent.rglob("*evil*"))
    (publisher / "ml-1m.zip").unlink()
    assert MovieLens1M().load(LoadContext()).interactions.digest() == data.interactions.digest()


def test_both_files_of_gowalla_are_downloaded(
    publisher: Path, url: str, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train, test = b"0 1 2\n29857 40980\n", b"0 3\n29857\n"
    (publisher / "train.txt").write_bytes(train)
    (publisher / "test.txt").write_bytes(test)
    use(monkeypatch, gowalla, url, train, test)
    data = Gowalla().load(LoadContext())
    assert (data.interactions.n_users, data.interactions.n_items, len(data.interactions)) == (29_858, 40_981, 4)
    assert data.published is not None
    assert sorted(path.name for path in (cache / "gowalla").iterdir()) == ["test.txt", "train.txt"]


def test_a_test_part_that_is_missing_is_downloaded_too(
    publisher: Path, url: str, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A download that stopped between two files must not leave half a data set behind."""
    train, test = b"0 1 2\n", b"0 3\n"
    (publisher / "train.txt").write_bytes(train)
    use(monkeypatch, gowalla, url, train, test)
    with pytest.raises(DatasetNotFound, match="answers 404"):
        Gowalla().load(LoadContext())
    (publisher / "test.txt").write_bytes(test)
    assert Gowalla().load(LoadContext()).published is not None


def test_wrong_checksum(publisher: Path, url: str, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (publisher / "ml-1m.zip").write_bytes(b"something else")
    use(monkeypatch, movielens, url)
    with pytest.raises(DatasetNotFound) as error:
        MovieLens1M().load(LoadContext())
    assert str(error.value) == (
        f"ml-1m could not be downloaded (the content of {url}/ml-1m.zip does not have the checksum "
        f"md5:c4d9eecfca2ab87c1945afe126590906): put {url}/ml-1m.zip at {cache / 'ml-1m.zip'}"
    )
    assert list(cache.rglob("*")) == []


def test_truncated_download(broken_url: str, cache: Path) -> None:
    with pytest.raises(DatasetNotFound) as error:
        download_file(f"{broken_url}/ml-1m.zip", cache / "ml-1m.zip", "md5:0")
    assert str(error.value) == f"the connection to {broken_url}/ml-1m.zip broke off"
    assert list(cache.rglob("*")) == []


def test_no_connection(closed_url: str, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, movielens, closed_url)
    with pytest.raises(DatasetNotFound) as error:
        MovieLens1M().load(LoadContext())
    problem = f"ml-1m could not be downloaded (no connection to {closed_url}/ml-1m.zip): "
    assert str(error.value) == f"{problem}put {closed_url}/ml-1m.zip at {cache / 'ml-1m.zip'}"
    with pytest.raises(DatasetNotFound) as error:
        MovieLens1M().load(LoadContext(data_dir=tmp_path))
    assert str(error.value) == f"{problem}put {closed_url}/ml-1m.zip at {tmp_path / 'ml-1m.zip'}"


def test_no_such_address(url: str, cache: Path) -> None:
    with pytest.raises(DatasetNotFound) as error:
        download_file(f"{url}/nothing", cache / "nothing", "md5:0")
    assert str(error.value) == f"{url}/nothing answers 404"


def test_a_cache_that_cannot_be_written(publisher: Path, url: str, cache: Path) -> None:
    cache.write_text("a file where the folder should be")
    (publisher / "x").write_bytes(b"x")
    with pytest.raises(DatasetNotFound, match="x cannot be written: "):
        download_file(f"{url}/x", cache / "x", md5(b"x"))


def test_nothing_is_downloaded_unasked_or_without_a_checksum(
    url: str, cache: Path, publisher: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, gowalla, url)
    with pytest.raises(DatasetNotFound) as error:
        Gowalla().load(LoadContext(download=False))
    assert str(error.value) == (
        f"gowalla is not here: put {url}/train.txt at {cache}/gowalla/train.txt and "
        f"{url}/test.txt at {cache}/gowalla/test.txt"
    )
    (publisher / "pinterest-20.train.rating").write_text("0\t1\t1\t0\n")
    (publisher / "pinterest-20.test.rating").write_text("0\t1\t1\t0\n")
    use(monkeypatch, pinterest, url)
    with pytest.raises(DatasetNotFound) as error:
        Pinterest().load(LoadContext())
    assert str(error.value) == (
        f"pinterest is not here: put {url}/pinterest-20.train.rating at {cache}/pinterest/pinterest-20.train.rating "
        f"and {url}/pinterest-20.test.rating at {cache}/pinterest/pinterest-20.test.rating"
    )


def test_folders_are_searched_in_order(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data_dir, environment = tmp_path / "data_dir", tmp_path / "environment"
    for folder in (cache, environment, data_dir):
        (folder / "set").mkdir(parents=True)
    monkeypatch.setenv("HASHBENCH_DATA", str(environment))
    assert search_folders(data_dir) == [data_dir, environment, cache]
    origin = Origin("set", "http://127.0.0.1:1", {"set/b.txt": None})
    for folder in (cache, environment, data_dir):
        (folder / "set" / "b.txt").write_text("0 1\n")
        assert (
            find_or_download(origin, ("set/a.txt", "set/b.txt"), data_dir, False, Notes()) == folder / "set" / "b.txt"
        )


def test_a_folder_that_does_not_exist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    advice = "no such folder; give the folder that contains ml-1m, gowalla, …"
    with pytest.raises(BadData) as error:
        search_folders(tmp_path / "nowhere")
    assert str(error.value) == f"--data-dir {tmp_path / 'nowhere'}: {advice}"
    monkeypatch.setenv("HASHBENCH_DATA", str(tmp_path / "gone"))
    with pytest.raises(BadData) as error:
        search_folders(None)
    assert str(error.value) == f"HASHBENCH_DATA {tmp_path / 'gone'}: {advice}"


@pytest.mark.parametrize("name", ["../evil", "ml-1m/ratings.dat"])
def test_members_are_read_in_memory(tmp_path: Path, name: str) -> None:
    """A member with a hostile name is never written anywhere, not even when it is asked for."""
    path = tmp_path / "box" / "x.zip"
    path.parent.mkdir()
    path.write_bytes(movielens_zip())
    assert zip_member(path, name).read() == (b"!" if name == "../evil" else RATINGS)
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == ["x.zip"]


def test_damaged_archives(tmp_path: Path) -> None:
    path = tmp_path / "ml-1m.zip"
    ctx = LoadContext(data_dir=tmp_path, download=False)
    path.write_bytes(movielens_zip()[:100])
    with pytest.raises(BadData) as error:
        MovieLens1M().load(ctx)
    assert str(error.value) == f"{path}: not a readable zip archive (File is not a zip file); get it again"
    path.write_bytes(archive(**{"ml-1m/README": b"x"}))
    with pytest.raises(BadData) as error:
        MovieLens1M().load(ctx)
    assert str(error.value) == f"{path}: does not contain ml-1m/ratings.dat; get the archive again"
    path.write_bytes(archive(**{"ml-1m/ratings.dat": b""}))
    with pytest.raises(BadData) as error:
        MovieLens1M().load(ctx)
    assert str(error.value) == f"{path}/ml-1m/ratings.dat: the file is empty; get the archive again"
    path.write_bytes(archive(**{"ml-1m/ratings.dat": b"1::2::3::4\n1::2\n"}))
    with pytest.raises(BadData) as error:
        MovieLens1M().load(ctx)
    assert str(error.value) == (
        f"{path}/ml-1m/ratings.dat:2: expected 4 fields (UserID::MovieID::Rating::Timestamp), got 2; "
        "give --skip-bad-rows to leave such rows out (1 of 2)"
    )
