"""`hashbench.report` writes the page of the command."""

import pytest
from click.testing import CliRunner

from hashbench.api.report import report
from hashbench.cli import cli
from hashbench.errors import Unwritable
from hashbench.results.store import ResultsFolder

from ..results.factory import a_record


def test_it_writes_the_page_that_the_command_writes(tmp_path):
    ResultsFolder(tmp_path / "results").write(a_record(metrics={"hr@50": 0.25}), {})
    page = report(tmp_path / "results", tmp_path / "python.html", title="A title")
    arguments = ["report", str(tmp_path / "results"), "-o", str(tmp_path / "command.html"), "--title", "A title"]
    assert CliRunner().invoke(cli, arguments).exit_code == 0
    assert page == tmp_path / "python.html"
    assert page.read_text() == (tmp_path / "command.html").read_text()
    with pytest.raises(Unwritable, match="cannot be written"):
        report(tmp_path / "results", tmp_path / "missing" / "page.html")
