"""`hashbench plot`: a figure as a file, from records in a folder."""

import re

import numpy as np
import pytest

from hashbench.cli.report import CURVES, KINDS
from hashbench.reporting import figures
from hashbench.results.per_user import Hits
from hashbench.results.store import ResultsFolder

from ..results.factory import a_record
from .in_process import hashbench
from .process import hashbench as process

pytest.importorskip("vl_convert", reason="plot needs the extra 'report'")

HR = {8: 0.1, 16: 0.2, 32: 0.25}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Three lengths of one head's codes, searched twice, and another head."""
    path = tmp_path_factory.mktemp("results")
    store = ResultsFolder(path)
    hits = Hits(np.eye(4, 10, dtype=bool), np.full(4, 2))
    values = {"hr@50": np.full(4, 0.5, np.float32)}
    for retriever in ("hamming", "hierarchical:candidates=100"):
        for bits, hr in HR.items():
            head = {"name": "guided_ste", "parameters": {"bits": bits, "p_end": 0.2}}
            record = a_record(
                head=f"guided_ste:bits={bits}",
                n_bits=bits,
                retriever=retriever,
                metrics={"hr@50": hr, "ndcg@50": hr / 2},
            )
            store.write(record.model_copy(update={"resolved": record.resolved | {"head": head}}), values, hits)
    store.write(a_record(head="lsh:bits=32", metrics={"hr@50": 0.05, "ndcg@50": 0.02}), values, hits)
    return path


def drawn(folder, file, *arguments, command=hashbench):
    ended = command("plot", *arguments, folder, "-o", file)
    assert ended.returncode == 0, ended.stderr
    return re.findall(r"<text[^>]*>([^<]+)</text>", file.read_text()) if file.suffix == ".svg" else file.read_bytes()


def test_the_commands_kinds_are_those_there_are():
    assert tuple(figures.KINDS) == KINDS
    assert CURVES == figures.CURVES


def test_a_sweep_has_a_line_a_retriever_and_the_parameter_on_its_axis(folder, tmp_path):
    texts = drawn(folder, tmp_path / "sweep.svg", "sweep", "--over", "head.bits", "--quality", "ndcg@50")
    assert {"head.bits", "ndcg@50", "guided_ste", "hamming", "hierarchical"} <= set(texts)
    assert not {"lsh", "lsh:bits=32"} & set(texts), "one value of a parameter is no line"


def test_bars_are_best_first_and_have_their_values(folder, tmp_path):
    texts = drawn(folder, tmp_path / "bars.svg", "bars", "--where", "retriever == 'hamming'")
    names = [text for text in texts if text.endswith(" bits")]
    assert names == [*(f"guided_ste {bits} bits" for bits in (32, 16, 8)), "lsh 32 bits"]
    values = [text for text in texts if re.fullmatch(r"0\.\d{4}", text)]
    assert len(values) == 4
    assert values == sorted(values, reverse=True)


@pytest.mark.parametrize("kind", ["pareto", "hr-by-n", "curves"])
def test_each_kind_is_drawn(folder, tmp_path, kind):
    axes = {
        "pareto": "HR@50 = hits / test items (recall)",
        "hr-by-n": "HR@n = hits / test items (recall)",
        "curves": "validation HR = hits / validation items (recall)",
    }
    assert axes[kind] in drawn(folder, tmp_path / "figure.svg", kind)


def test_one_curve_may_be_asked_for(folder, tmp_path):
    texts = drawn(folder, tmp_path / "curve.svg", "curves", "--curve", "AUC")
    assert "AUC" in texts
    assert "loss" not in texts
    assert not any(text.startswith("validation HR") for text in texts)


@pytest.mark.parametrize(("ending", "first"), [(".png", b"\x89PNG"), (".pdf", b"%PDF")])
def test_pictures_and_documents(folder, tmp_path, ending, first):
    assert drawn(folder, tmp_path / f"figure{ending}", "pareto", command=process).startswith(first)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["sweep", "-o", "x.svg"], "plot sweep needs --over, such as --over head.bits"),
        (["bars", "--over", "head.bits", "-o", "x.svg"], "--over is for sweep"),
        (["sweep", "--over", "head.colour", "-o", "x.svg"], "has what 'sweep' is drawn of"),
        (["bars", "-o", "x.gif"], "its name must end in .pdf or .svg or .png"),
        (["bars", "--quality", "hr@5", "-o", "x.svg"], "--quality 'hr@5': there is no such column"),
        (["curves", "--curve", "los", "-o", "x.svg"], "'los' is not one of"),
    ],
)
def test_what_cannot_be_drawn_is_an_error_of_one_line(folder, tmp_path, arguments, message):
    ended = hashbench("plot", *arguments, folder, cwd=tmp_path)
    assert ended.returncode == 2
    assert message in ended.stderr
    assert not list(tmp_path.iterdir())
