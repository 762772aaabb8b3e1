"""`hashbench tune`: each mistake is one clear line."""

import pytest

pytest.importorskip("optuna")

from ..tuning.process import EXPERIMENT, tune


def test_one_clear_line_each(tmp_path):
    def last_line(*options, text=EXPERIMENT):
        ended = tune(tmp_path, *options, text=text)
        assert ended.returncode == 2
        return ended.stderr.splitlines()[-1]

    assert last_line("--metric", "ndcg@10") == (
        "Error: --metric must be hr@K, such as hr@50, or auc: what validation measures; got 'ndcg@10'"
    )
    (tmp_path / "mine.db").write_text("no database")
    assert last_line("--storage", tmp_path / "mine.db").startswith(
        f"Error: {tmp_path / 'mine.db'} is no storage of Optuna ("
    )
    assert (tmp_path / "mine.db").read_text() == "no database"
    assert last_line("-o", tmp_path / "tiny.toml").endswith("is the experiment itself; give another name")
    text = EXPERIMENT.partition("[tune]")[0]
    assert last_line(text=text) == "encoder.layers = [1, 2, 3]"
