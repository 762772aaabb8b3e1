"""Tables as JSON and CSV."""

from __future__ import annotations

import csv
import io
import json

import pytest

from hashbench.reporting import rows as data_rows
from hashbench.reporting.table import ComparisonTable


def test_json_has_the_fields_of_a_record_and_null_for_what_is_no_number(groups: list[ComparisonTable]) -> None:
    rows = json.loads(data_rows.as_json(groups), parse_constant=pytest.fail)
    assert rows[1] == {
        "group": "ml-1m · split ratio · 6040 users × 3706 items",
        "rank": 2,
        "dataset": "ml-1m",
        "split": "ratio",
        "encoder": "sage",
        "head": "guided_ste",
        "n_bits": 32,
        "objective": "bpr",
        "train_head": "joint",
        "retriever": "hamming",
        "seed": 0,
        "status": "ok",
        "error": None,
        "metrics": {"hr@50": 0.25, "hr@100": 0.4, "ndcg@50": 0.3, "ndcg@100": 0.33},
        "ties": {},
        "latency": {"p50_ms": 0.5, "p95_ms": 1.0, "p99_ms": 1.5, "batch_qps": 4000.0},
        "bytes_per_item": 4.0,
        "speed_up": 4.0,
        "retained": 0.5,
        "train_seconds": 61.25,
        "run_id": "aaaa0000",
    }
    assert [(row["run_id"], row["rank"], row["status"]) for row in rows] == [
        ("bbbb0000", 1, "ok"),
        ("aaaa0000", 2, "ok"),
        ("cccc0000", None, "failed"),
        ("dddd0000", None, "ok"),
    ]
    assert rows[2]["error"] == "100% of_it\nfailed"
    assert (rows[2]["latency"], rows[2]["speed_up"], rows[3]["metrics"]) == (None, None, {"hr@50": None})


def test_csv_has_one_line_a_record_with_figures_in_full(groups: list[ComparisonTable]) -> None:
    text = data_rows.as_csv(groups)
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["run_id"] for row in rows] == ["bbbb0000", "aaaa0000", "cccc0000", "dddd0000"]
    assert text.splitlines()[0] == (
        "group,rank,dataset,split,encoder,head,n_bits,objective,train_head,retriever,seed,status,error,"
        "hr@50,hr@100,ndcg@50,ndcg@100,p50_ms,p95_ms,p99_ms,batch_qps,"
        "bytes_per_item,speed_up,retained,train_seconds,run_id"
    )
    assert (rows[1]["hr@50"], rows[1]["p95_ms"], rows[1]["speed_up"]) == ("0.25", "1.0", "4.0")
    assert (rows[2]["error"], rows[2]["hr@50"], rows[2]["rank"]) == ("100% of_it\nfailed", "", "")
