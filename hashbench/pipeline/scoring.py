"""Scores of a ranking by all metrics of a plan."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from hashbench.evaluation.ranking import Scores, score
from hashbench.observers import NoteObserver
from hashbench.protocols import Metric, ScoredRanking
from hashbench.registry import shelves


def score_by_all(
    ranking: ScoredRanking, metrics: Iterable[Metric], ks: Iterable[int], observer: NoteObserver
) -> dict[str, Scores]:
    """Return the scores by each metric at each k, by names such as "hr@50".

    A metric of a plugin that fails is left out with a note, because it must not cost the others their results.
    """
    lengths, scores = list(ks), {}
    for metric in metrics:
        plugin = shelves.find(shelves.METRICS, metric.name).plugin
        try:
            by_metric = score(ranking, [metric], lengths)
            if any(np.shape(at_k.expected) != ranking.n_relevant.shape for at_k in by_metric.values()):
                raise ValueError("it must return one value per user")
        except Exception as error:
            if plugin.is_builtin:
                raise
            observer.note(f"metric '{metric.name}' of {plugin.distribution} is left out: {error!r}")
        else:
            scores.update(by_metric)
    return scores
