"""The codes of a model as sections of labelled lines, for `hashbench inspect`."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from hashbench.reporting.details import Section, sparkline
from hashbench.reporting.number_format import four_decimals, percent, thousands
from hashbench.results.record import CodeSummary, Neighbourhood, RunRecord, SideSummary

WIDTH = 33
"""Characters of a line of bars; with the figures after it, the line fits 80 columns."""


def code_sections(record: RunRecord, codes: CodeSummary) -> list[Section]:
    """Return what is known of the codes of a record's model, as sections of labelled lines."""
    sections = [
        ("Model", _model(record, codes)),
        (f"Codes of {codes.items.n:,} items", _side(codes.items)),
        (f"Codes of {codes.users.n:,} users" if codes.users else "Users", _users(codes)),
        ("Distances", _distances(codes)),
        ("Bytes per item", _bytes(codes)),
    ]
    return [(title, listed) for title, lines in sections if (listed := list(lines))]


def _model(record: RunRecord, codes: CodeSummary) -> Iterator[tuple[str, str]]:
    trained = " trained after the encoder" if record.train_head == "post_hoc" else ""
    yield "model", f"{record.encoder} + {record.head}{trained}, {codes.n_bits} bits"
    yield "data set", f"{record.dataset}, split {record.split}, seed {record.seed}"
    yield "id", f"{record.model_id} (run {record.run_id})"


def _users(codes: CodeSummary) -> Iterator[tuple[str, str]]:
    if codes.users is None:
        yield "codes", "none, so there are no distances between users and items"
    else:
        yield from _side(codes.users)


def _side(side: SideSummary) -> Iterator[tuple[str, str]]:
    entropies = f"{four_decimals(min(side.entropy))} to {four_decimals(max(side.entropy))}"
    shares = f"{percent(side.ones_min)} to {percent(side.ones_max)}, mean {percent(side.ones_mean)}"
    yield "distinct codes", f"{side.distinct:,} of {side.n:,}; {percent(side.shared)} share theirs with another"
    yield "entropy of bits", f"{_bars(side.entropy, 1)}  {entropies}, mean {four_decimals(side.entropy_mean)}"
    yield "ones of bits", f"{_bars(side.ones, 1)}  {shares}"
    yield "constant bits", f"{side.constant_bits} of {len(side.ones)}"
    yield "correlation", _correlation(side)
    yield "signs", _signs(side.sign_agreement)


def _correlation(side: SideSummary) -> str:
    if side.correlation_mean is None or side.correlation_max is None:
        return "undefined: fewer than two bits vary"
    which = "two bits that vary" if side.constant_bits else "two bits"
    return f"mean {four_decimals(side.correlation_mean)}, largest {four_decimals(side.correlation_max)} between {which}"


def _signs(agreement: float | None) -> str:
    if agreement is None:
        return "not comparable: the embeddings do not have one value for each bit"
    if agreement == 1:
        return "every bit is the sign of its embedding value"
    share = math.floor(1000 * agreement) / 1000  # rounded down: less than all must not read 100%
    return f"{percent(share)} of bits are the sign of their embedding value: the codes are not made from these values"


def _distances(codes: CodeSummary) -> Iterator[tuple[str, str]]:
    if codes.distances is None:
        return
    pairs = sum(codes.distances)
    mean = sum(distance * count for distance, count in enumerate(codes.distances)) / pairs
    present = [distance for distance, count in enumerate(codes.distances) if count]
    yield "between", f"{codes.sampled_users:,} users and all items, seen ones too: {pairs:,} pairs"
    yield f"0 to {codes.n_bits} bits", f"{_bars(codes.distances)}  {present[0]} to {present[-1]}, mean {mean:.1f}"
    for neighbourhood in codes.places:
        yield f"rank {neighbourhood.k:,}", _neighbourhood(neighbourhood)


def _neighbourhood(at_k: Neighbourhood) -> str:
    radius = f"radius {thousands(at_k.radius_median)} bits (p95 {thousands(at_k.radius_p95)})"
    return f"{radius}, tie of {thousands(at_k.tie_median)} items (p95 {thousands(at_k.tie_p95)})"


def _bytes(codes: CodeSummary) -> Iterator[tuple[str, str]]:
    yield "codes", thousands(codes.code_bytes)
    if codes.code_and_embedding_bytes is not None:
        yield "with embeddings", thousands(codes.code_and_embedding_bytes)


def _bars(values: Sequence[float], top: float | None = None) -> str:
    """Draw values on a scale from 0 to `top`, or to their largest; too many values are averaged in groups."""
    size = -(-len(values) // WIDTH)
    groups = [values[start : start + size] for start in range(0, len(values), size)]
    means = [sum(group) / len(group) for group in groups]
    drawn = sparkline([0.0, *means, max(means) if top is None else top], len(means) + 2)
    return drawn[1:-1]
