from __future__ import annotations

import math

import pytest

from hashbench.reporting.details import record_sections, sparkline
from hashbench.results.record import TieRange

from ..results.factory import a_failure, a_record


def test_a_record_read_aloud() -> None:
    record = a_record(
        phase_seconds={"load": 1.5, "search": 0.25}, phase_memory_bytes={"load": 3 * 2**29}, peak_memory_bytes=3 * 2**29
    )
    text = {title: dict(lines) for title, lines in record_sections(record)}
    assert list(text) == [
        "Run",
        "Figures",
        "Parameters",
        "Data",
        "Training",
        "Phases",
        "Machine",
        "Versions",
        "To repeat it",
    ]
    assert text["Run"] == {
        "model": "sage + guided_ste, 32 bits, searched by hamming",
        "data set": "ml-1m, split ratio",
        "objective": "bpr",
        "seed": "0",
        "run": f"{record.run_id} (model {record.model_id})",
        "written": "2026-11-20T17:00:00+00:00",
        "status": "ok",
    }
    assert text["Figures"] == {
        "hr": ".2500 @50   .4000 @100   = hits / test items (recall)",
        "ndcg": ".3000 @50   .3300 @100",
        "single query": "p50 1.00 ms   p95 2.00 ms   p99 3.00 ms",
        "batches": "2000 queries/s in batches of 256",
        "timed with": "k = 100, 500 queries on 1 thread, batches on 1 thread",
        "bytes per item": "4 (index 14.5 KiB)",
        "training": "61.2 s",
        "peak memory": "1.5 GiB",
    }
    assert text["Parameters"] == {"encoder": "sage: dim=64", "retriever": "hamming", "k": "[50, 100]"}
    assert text["Data"]["interactions"] == "630,000 train, 70,000 validation, 300,209 test"
    assert "left out" not in text["Data"]
    assert text["Training"] == {
        "joint": "3 epochs, best 2, 60.0 s: patience",
        "joint loss": "█▂▁  0.69 → 0.3",
        "joint valid hr": "▁██  0.1 → 0.29",
        "joint auc": "▁██  0.5 → 0.8",
        "joint schedule": "█▅▁  1 → 0",
    }
    assert text["Phases"] == {"load": "1.50 s, at most 1.5 GiB", "search": "0.250 s"}
    assert text["Machine"] == {
        "processor": "Xeon, 2 cores, 8.0 GiB",
        "device": "cpu, 2 threads, load before 0.50",
        "system": "Linux 6.1",
    }
    assert text["Versions"] == {"hashbench": "0.1.0, Python 3.11.7", "packages": "torch 2.13.0"}
    assert text["To repeat it"] == {"": record.command}


def test_a_failed_record_says_why_and_leaves_out_what_it_lacks() -> None:
    text = {
        title: dict(lines) for title, lines in record_sections(a_failure(data=None, latency=None, index_bytes=None))
    }
    assert text["Run"]["status"] == "failed: the loss is not finite at epoch 3"
    assert list(text) == ["Run", "Parameters", "Machine", "Versions", "To repeat it"]


def test_merged_and_skipped_rows_and_later_training_are_told() -> None:
    record = a_record(train_head="post_hoc")
    assert record.data is not None
    record.data.merged, record.data.skipped = 1234, 5
    text = {title: dict(lines) for title, lines in record_sections(record)}
    assert text["Run"]["model"] == "sage + guided_ste trained after the encoder, 32 bits, searched by hamming"
    assert text["Data"]["left out"] == "1,234 repeated pairs merged, 5 bad rows skipped"


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ([], ""),
        ([1.0], "▁"),
        ([2.0, 2.0], "▁▁"),
        ([0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0], "▁▂▃▄▅▆▇█"),
        ([1.0, math.nan, 0.0, math.inf], "█!▁!"),
        ([math.nan], "!"),
        ([-1.7e308, 1.7e308], "▁▁"),
    ],
)
def test_sparklines(values: list[float], line: str) -> None:
    assert sparkline(values) == line


def test_a_long_curve_keeps_its_ends() -> None:
    line = sparkline([float(value) for value in range(1000)], width=8)
    assert line == "▁▂▃▄▅▆▇█"


def test_the_page_of_a_record_names_the_ends() -> None:
    tied = a_record(metrics={"hr@50": 0.25}, ties={"hr@50": TieRange(drawn=0.26, low=0.125, high=0.375)})
    figures = dict(dict(record_sections(tied))["Figures"])
    assert figures["hr@50 ties"] == ".1250 to .3750 over the orders of tied items"
