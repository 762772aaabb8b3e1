from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from hashbench.errors import HashbenchError
from hashbench.results.frame import load_results
from hashbench.results.store import ResultsFolder

from .factory import a_failure, a_record


def test_one_row_a_record(tmp_path: Path) -> None:
    folder = ResultsFolder(tmp_path)
    hashed = a_record(p50=0.5, metrics={"hr@50": 0.25, "ndcg@50": 0.125})
    reference = a_record(head="continuous", retriever="continuous", bytes_per_item=256.0)
    failed = a_failure(seed=3, data=None)
    for record in (hashed, reference, failed):
        folder.write(record, {})
    frame = load_results(tmp_path).set_index("run_id")
    assert len(frame) == 3
    row = frame.loc[hashed.run_id]
    assert (row["encoder"], row["head"], row["retriever"]) == ("sage", "guided_ste", "hamming")
    assert (row["hr@50"], row["ndcg@50"]) == (0.25, 0.125)
    assert (row["p50_ms"], row["p95_ms"], row["p99_ms"], row["batch_qps"]) == (0.5, 1.0, 1.5, 4000.0)
    assert (row["n_bits"], row["seed"], row["bytes_per_item"], row["train_seconds"]) == (32, 0, 4.0, 61.25)
    assert (row["n_users"], row["epochs"], row["best_epoch"], row["status"]) == (6040, 3, 2, "ok")
    assert frame.loc[reference.run_id, "n_bits"] is pd.NA
    assert frame.loc[failed.run_id, "error"] == "the loss is not finite at epoch 3"
    assert pd.isna(frame.loc[failed.run_id, ["hr@50", "p50_ms", "n_users", "epochs"]]).all()


def test_files_that_are_no_records_become_warnings(tmp_path: Path) -> None:
    ResultsFolder(tmp_path).write(a_record(), {})
    (tmp_path / "other.json").write_text("[]")
    with pytest.warns(UserWarning, match=r"^left out .*/other\.json: JSON of another kind, no record of hashbench$"):
        assert len(load_results(str(tmp_path))) == 1


def test_an_empty_folder_has_the_columns_and_no_rows(tmp_path: Path) -> None:
    frame = load_results(tmp_path)
    assert len(frame) == 0
    assert {"run_id", "dataset", "p50_ms", "n_users"} <= set(frame.columns)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(HashbenchError, match="There is no results folder or record file"):
        load_results(tmp_path / "nowhere")
