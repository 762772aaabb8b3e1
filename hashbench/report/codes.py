"""What a model's codes are like as sections of labelled lines, for `hashbench inspect`."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from hashbench.report.columns import quality
from hashbench.report.details import Section, sparkline
from hashbench.results.record import CodeSummary, Neighbourhood, RunRecord, SideSummary

WIDTH = 33
"""Signs of a line of bars: with the figures after it, it fits 80 columns."""


def code_sections(record: RunRecord, codes: CodeSummary) -> list[Section]:
    """Return what is known of the codes of a record's model, section by section, each line with its label."""
    found = [
        ("Model", _model(record, codes)),
        (f"Codes of {codes.items.n:,} items", _side(codes.items)),
        (f"Codes of {codes.users.n:,} users" if codes.users else "Users", _users(codes)),
        ("Distances", _distances(codes)),
        ("Bytes an item", _bytes(codes)),
    ]
    return [(title, listed) for title, lines in found if (listed := list(lines))]


def _model(record: RunRecord, codes: CodeSummary) -> Iterator[tuple[str, str]]:
    trained = " trained after the encoder" if record.train_head == "post_hoc" else ""
    yield "what", f"{record.encoder} + {record.head}{trained}, {codes.n_bits} bits"
    yield "data set", f"{record.dataset}, split {record.split}, seed {record.seed}"
    yield "model", f"{record.model_id} (run {record.run_id})"


def _users(codes: CodeSummary) -> Iterator[tuple[str, str]]:
    if codes.users is None:
        yield "codes", "none: no distances between users and items to look at"
    else:
        yield from _side(codes.users)


def _side(side: SideSummary) -> Iterator[tuple[str, str]]:
    entropies = f"{quality(min(side.entropy))} to {quality(max(side.entropy))}, mean {quality(side.entropy_mean)}"
    shares = f"{_percent(side.ones_min)} to {_percent(side.ones_max)}, mean {_percent(side.ones_mean)}"
    yield "distinct", f"{side.distinct:,} of {side.n:,}; {_percent(side.shared)} share theirs with another"
    yield "entropy of bits", f"{_bars(side.entropy, 1)}  {entropies}"
    yield "ones of bits", f"{_bars(side.ones, 1)}  {shares}"
    yield "constant bits", f"{side.constant_bits} of {len(side.ones)}"
    yield "correlation", _correlation(side)
    yield "signs", _signs(side.sign_agreement)


def _correlation(side: SideSummary) -> str:
    if side.correlation_mean is None or side.correlation_max is None:
        return "undefined: fewer than two bits vary"
    left_out = " that vary" if side.constant_bits else ""
    return f"mean {quality(side.correlation_mean)}, largest {quality(side.correlation_max)} between two bits{left_out}"


def _signs(agreement: float | None) -> str:
    if agreement is None:
        return "no embeddings with a value a bit to compare with"
    if agreement == 1:
        return "every bit is the sign of its embedding value"
    share = math.floor(1000 * agreement) / 1000  # what is not all shall not read 100%
    return f"{_percent(share)} of bits are the sign of their embedding value: the codes are not made from these values"


def _distances(codes: CodeSummary) -> Iterator[tuple[str, str]]:
    if codes.distances is None:
        return
    pairs = sum(codes.distances)
    mean = sum(distance * count for distance, count in enumerate(codes.distances)) / pairs
    present = [distance for distance, count in enumerate(codes.distances) if count]
    yield "between", f"{codes.sampled_users:,} users and all items, seen ones too: {pairs:,} pairs"
    yield f"0 to {codes.n_bits} bits", f"{_bars(codes.distances)}  {present[0]} to {present[-1]}, mean {mean:.1f}"
    for place in codes.places:
        yield f"place {place.k:,}", _place(place)


def _place(place: Neighbourhood) -> str:
    radius = f"radius {_number(place.radius_median)} bits (p95 {_number(place.radius_p95)})"
    return f"{radius}, tie of {_number(place.tie_median)} items (p95 {_number(place.tie_p95)})"


def _bytes(codes: CodeSummary) -> Iterator[tuple[str, str]]:
    yield "codes", _number(codes.code_bytes)
    if codes.code_and_embedding_bytes is not None:
        yield "with embeddings", _number(codes.code_and_embedding_bytes)


def _bars(values: Sequence[float], top: float | None = None) -> str:
    """Draw values on a scale from 0 to `top`, or to their largest; means of neighbours where they are too many."""
    size = -(-len(values) // WIDTH)
    groups = [values[start : start + size] for start in range(0, len(values), size)]
    means = [sum(group) / len(group) for group in groups]
    drawn = sparkline([0.0, *means, max(means) if top is None else top], len(means) + 2)
    return drawn[1:-1]


def _number(number: float) -> str:
    return f"{number:,.0f}" if number.is_integer() else f"{number:,.1f}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f}%"
