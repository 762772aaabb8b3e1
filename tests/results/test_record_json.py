from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashbench.errors import BadRecord
from hashbench.results.record import FORMAT, RunRecord
from hashbench.results.record_json import as_json, dumps, loads

from .factory import a_failure, a_record

numbers = st.floats(width=64)
plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
records = st.builds(a_record) | st.builds(a_failure)


def same(record: RunRecord, other: RunRecord) -> bool:
    """NaN equals NaN here, and 0.0 differs from -0.0."""
    return repr(record) == repr(other)


@given(
    metrics=st.dictionaries(st.text(), numbers),
    losses=st.lists(st.tuples(numbers, st.none() | numbers), max_size=5),
    spec=st.dictionaries(st.text(), plain),
    seconds=st.dictionaries(st.text(), numbers),
    command=st.text(),
    n_bits=st.none() | st.integers(),
    size=st.none() | numbers,
)
def test_any_record_comes_back_as_it_was(
    metrics: dict[str, float],
    losses: list[tuple[float, float | None]],
    spec: dict[str, Any],
    seconds: dict[str, float],
    command: str,
    n_bits: int | None,
    size: float | None,
) -> None:
    history = [
        {"epoch": epoch, "loss": loss, "valid_hr": valid, "schedule": valid}
        for epoch, (loss, valid) in enumerate(losses)
    ]
    training = {
        "stage": "joint",
        "epochs": len(losses),
        "best_epoch": 0,
        "stopped": "x",
        "seconds": 0.5,
        "history": history,
    }
    record = a_record(metrics=metrics, training=[training], spec=spec, phase_seconds=seconds, command=command)
    record = record.model_copy(update={"n_bits": n_bits, "bytes_per_item": size})
    text = dumps(record)
    json.loads(text, parse_constant=pytest.fail)
    assert same(loads(text), record)


def test_a_file_is_indented_and_a_column_of_the_history_takes_one_line() -> None:
    lines = dumps(a_record()).splitlines()
    assert lines[:2] == ["{", f'  "format": {FORMAT},']
    history = lines.index('      "history": {')
    assert lines[history + 1 : history + 7] == [
        '        "epoch": [1, 2, 3],',
        '        "loss": [0.69, 0.35, 0.3],',
        '        "valid_hr": [0.1, 0.3, 0.29],',
        '        "auc": [0.5, 0.8, 0.8],',
        '        "schedule": [1.0, 0.5, 0.0]',
        "      }",
    ]
    assert '  "metrics": {"hr@50": 0.25, "hr@100": 0.4, "ndcg@50": 0.3, "ndcg@100": 0.33},' in lines
    assert max(map(len, lines)) < 130


def test_numbers_that_json_lacks() -> None:
    record = a_record(metrics={"hr@50": math.nan, "ndcg@50": math.inf, "map@50": -math.inf})
    assert json.loads(dumps(record))["metrics"] == {"hr@50": "NaN", "ndcg@50": "Infinity", "map@50": "-Infinity"}
    assert as_json(record)["metrics"] == {"hr@50": None, "ndcg@50": None, "map@50": None}


def test_other_alphabets_stay_readable() -> None:
    assert '"dataset": "电影"' in dumps(a_record(dataset="电影"))


def test_old_formats_are_upgraded_one_by_one() -> None:
    data = json.loads(dumps(a_record()))
    del data["seed"]
    old = {**data, "format": FORMAT - 2, "bits": data.pop("n_bits")}
    steps = {
        FORMAT - 2: lambda data: {**data, "seed": 7},
        FORMAT - 1: lambda data: {"n_bits": data.pop("bits"), **data},
    }
    assert loads(json.dumps(old), steps) == a_record().model_copy(update={"seed": 7})


def test_an_upgrade_that_meets_damage() -> None:
    old = {"format": FORMAT - 1, "run_id": "a"}
    with pytest.raises(BadRecord) as caught:
        loads(json.dumps(old), {FORMAT - 1: lambda record: {"n_bits": record["bits"]}})
    assert str(caught.value) == f"damaged: no upgrade from format {FORMAT - 1} (KeyError: 'bits')"


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        (FORMAT - 2, f"format {FORMAT - 2} is unknown; this hashbench reads {FORMAT - 1} and later"),
        (FORMAT + 2, f"format {FORMAT + 2} is newer than this hashbench reads ({FORMAT}); upgrade hashbench"),
        (True, "damaged: its format is True, not a number"),
        (1.5, "damaged: its format is 1.5, not a number"),
    ],
)
def test_formats_that_cannot_be_read(written: object, reason: str) -> None:
    with pytest.raises(BadRecord) as caught:
        loads(json.dumps({"format": written, "run_id": "a"}), {FORMAT - 1: dict})
    assert str(caught.value) == reason


def test_json_too_deep_or_too_long_is_a_bad_record() -> None:
    for text in ("[" * 200_000, '{"format": ' + "1" * 5000 + "}"):
        with pytest.raises(BadRecord, match=r"^no JSON: "):
            loads(text)
