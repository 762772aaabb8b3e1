"""F1 of mean precision and mean recall, which some papers print; the metric f1 is the mean of users' own F1."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

import numpy as np
from numpy.typing import NDArray

from hashbench.results.record import RunRecord

NAME = "f1_of_means"

Values = Mapping[str, NDArray[np.float32]]
"""Values float32[n_users] by metric."""


def with_f1_of_means(record: RunRecord) -> RunRecord:
    """Return the record with f1_of_means@k for each k that has both precision@k and recall@k."""
    means = record.metrics
    f1 = {f"{NAME}@{k}": _f1(means[f"precision@{k}"], means[f"recall@{k}"]) for k in _ks(means)}
    changed = record.model_copy()
    changed.metrics = {**means, **f1}
    return changed


def of_users(per_user: Callable[[RunRecord], Values]) -> Callable[[RunRecord], Values]:
    """Return a function that adds users' f1_of_means@k to what `per_user` gives.

    A ratio of means is not a mean over users. A user's value is its first-order expansion about the means (delta
    method): the mean over users is f1_of_means itself, and each value shows how much that user moves it.
    """

    def with_f1(record: RunRecord) -> Values:
        values = per_user(record)
        return {**values, **{f"{NAME}@{k}": _expansion(values, k) for k in _ks(values)}}

    return with_f1


def _expansion(values: Values, k: str) -> NDArray[np.float32]:
    precision, recall = (values[f"{name}@{k}"].astype(np.float64) for name in ("precision", "recall"))
    evaluated = ~np.isnan(precision + recall)
    p, r = (float(of_user[evaluated].mean()) if evaluated.any() else 0.0 for of_user in (precision, recall))
    if not p + r:
        return np.where(evaluated, 0, np.nan).astype(np.float32)
    by_p, by_r = 2 * (r / (p + r)) ** 2, 2 * (p / (p + r)) ** 2
    return (_f1(p, r) + by_p * (precision - p) + by_r * (recall - r)).astype(np.float32)


def _f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _ks(names: Collection[str]) -> list[str]:
    """Return the k of which both precision@k and recall@k are present."""
    parts = (name.partition("@") for name in names)
    return [k for name, _, k in parts if name == "precision" and k and f"recall@{k}" in names]
