from __future__ import annotations

from typing import Any

import pytest

from hashbench.reporting.codes import code_sections
from hashbench.results.record import CodeSummary, Neighbourhood, SideSummary
from hashbench.results.record_json import dumps, loads

from ..results.factory import a_record


def a_side(n: int, **changes: Any) -> SideSummary:
    fields: dict[str, Any] = {
        "n": n,
        "ones": [0.0, 0.5, 0.75, 1.0],
        "ones_min": 0.0,
        "ones_mean": 0.5625,
        "ones_max": 1.0,
        "entropy": [0.0, 1.0, 0.811278, 0.0],
        "entropy_mean": 0.4528,
        "constant_bits": 2,
        "correlation_mean": 0.25,
        "correlation_max": 0.5,
        "distinct": n - 1,
        "shared": 2 / n,
        "sign_agreement": 1.0,
    }
    return SideSummary(**(fields | changes))


def a_summary(**changes: Any) -> CodeSummary:
    fields: dict[str, Any] = {
        "n_bits": 4,
        "items": a_side(2000),
        "users": a_side(1000),
        "sampled_users": 1000,
        "distances": [0, 500_000, 1_000_000, 500_000, 0],
        "places": [Neighbourhood(k=50, radius_median=1.0, radius_p95=1.5, tie_median=500.0, tie_p95=1250.0)],
        "code_bytes": 1.0,
        "code_and_embedding_bytes": 17.5,
    }
    return CodeSummary(**(fields | changes))


def text(summary: CodeSummary) -> dict[str, dict[str, str]]:
    return {title: dict(lines) for title, lines in code_sections(a_record(), summary)}


def test_codes_read_aloud() -> None:
    record = a_record()
    side = {
        "distinct codes": "1,999 of 2,000; 0.1% share theirs with another",
        "entropy of bits": "▁█▇▁  .0000 to 1.0000, mean .4528",
        "ones of bits": "▁▅▆█  0.0% to 100.0%, mean 56.2%",
        "constant bits": "2 of 4",
        "correlation": "mean .2500, largest .5000 between two bits that vary",
        "signs": "every bit is the sign of its embedding value",
    }
    assert text(a_summary()) == {
        "Model": {
            "model": "sage + guided_ste, 4 bits",
            "data set": "ml-1m, split ratio, seed 0",
            "id": f"{record.model_id} (run {record.run_id})",
        },
        "Codes of 2,000 items": side,
        "Codes of 1,000 users": side | {"distinct codes": "999 of 1,000; 0.2% share theirs with another"},
        "Distances": {
            "between": "1,000 users and all items, seen ones too: 2,000,000 pairs",
            "0 to 4 bits": "▁▅█▅▁  1 to 3, mean 2.0",
            "rank 50": "radius 1 bits (p95 1.5), tie of 500 items (p95 1,250)",
        },
        "Bytes per item": {"codes": "1", "with embeddings": "17.5"},
    }


def test_what_is_missing_is_said_or_left_out() -> None:
    bare = a_side(3, correlation_mean=None, correlation_max=None, constant_bits=0, sign_agreement=None)
    changes = {"users": None, "distances": None, "places": [], "sampled_users": 0, "code_and_embedding_bytes": None}
    shown = text(a_summary(items=bare, **changes))
    assert list(shown) == ["Model", "Codes of 3 items", "Users", "Bytes per item"]
    assert shown["Users"] == {"codes": "none, so there are no distances between users and items"}
    assert shown["Codes of 3 items"]["correlation"] == "undefined: fewer than two bits vary"
    assert shown["Codes of 3 items"]["signs"] == "not comparable: the embeddings do not have one value for each bit"
    assert shown["Bytes per item"] == {"codes": "1"}


@pytest.mark.parametrize(("agreement", "share"), [(0.515, "51.5%"), (0.99999, "99.9%"), (0.0, "0.0%")])
def test_not_quite_all_signs_are_never_all(agreement: float, share: str) -> None:
    shown = text(a_summary(items=a_side(2000, sign_agreement=agreement)))["Codes of 2,000 items"]["signs"]
    assert shown == f"{share} of bits are the sign of their embedding value: the codes are not made from these values"


@pytest.mark.parametrize(("n_bits", "width"), [(1, 2), (32, 33), (64, 33), (4096, 33)])
def test_long_codes_fit_a_line(n_bits: int, width: int) -> None:
    bits = [0.5] * n_bits
    side = a_side(2000, ones=bits, entropy=bits)
    shown = text(a_summary(n_bits=n_bits, items=side, users=side, distances=list(range(n_bits + 1))))
    for title, label in (("Distances", f"0 to {n_bits} bits"), ("Codes of 2,000 items", "ones of bits")):
        assert len(shown[title][label].split()[0]) <= width
    assert len(shown["Codes of 2,000 items"]["ones of bits"]) <= 80 - 19


def test_a_record_keeps_its_codes() -> None:
    record = a_record(codes=a_summary())
    assert loads(dumps(record)) == record
    assert a_record().codes is None
