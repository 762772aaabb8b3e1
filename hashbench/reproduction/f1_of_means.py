"""F1 of mean precision and mean recall, which some papers print; the metric f1 is the mean of users' own F1."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

import numpy as np
from numpy.typing import NDArray

from hashbench.results.record import RunRecord

NAME = "f1_of_means"

Values = Mapping[str, NDArray[np.float32]]


def with_f1_of_means(record: RunRecord) -> RunRecord:
    """Return the record with f1_of_means@k beside each precision@k and recall@k."""
    means = record.metrics
    found = {f"{NAME}@{k}": _f1(means[f"precision@{k}"], means[f"recall@{k}"]) for k in _ks(means)}
    return record.model_copy(update={"metrics": {**means, **found}})


def of_users(per_user: Callable[[RunRecord], Values]) -> Callable[[RunRecord], Values]:
    """Return `per_user` with users' f1_of_means@k as well.

    A ratio of means is no mean over users. A user's value is its first-order expansion about the means, as the delta
    method has it: the mean over users is f1_of_means itself, and each value tells how much that user moves it.
    """

    def values(record: RunRecord) -> Values:
        known = per_user(record)
        return {**known, **{f"{NAME}@{k}": _expanded(known, k) for k in _ks(known)}}

    return values


def _expanded(values: Values, k: str) -> NDArray[np.float32]:
    precision, recall = (values[f"{name}@{k}"].astype(np.float64) for name in ("precision", "recall"))
    arguments = ~np.isnan(precision + recall)
    p, r = (float(one[arguments].mean()) if arguments.any() else 0.0 for one in (precision, recall))
    if not p + r:
        return np.where(arguments, 0, np.nan).astype(np.float32)
    by_p, by_r = 2 * (r / (p + r)) ** 2, 2 * (p / (p + r)) ** 2
    return (_f1(p, r) + by_p * (precision - p) + by_r * (recall - r)).astype(np.float32)


def _f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _ks(names: Collection[str]) -> list[str]:
    """Return the k of which both precision@k and recall@k are there."""
    split = (one.partition("@") for one in names)
    return [k for name, _, k in split if name == "precision" and k and f"recall@{k}" in names]
