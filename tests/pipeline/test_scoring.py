"""Scores by all metrics, those of plugins too."""

from types import SimpleNamespace

import numpy as np
import pytest

from hashbench.components.metrics import HR
from hashbench.pipeline import scoring
from hashbench.pipeline.scoring import score_by_all
from hashbench.protocols import ScoredRanking

from .small import RecordingObserver

RANKING = ScoredRanking(np.array([[0, 1], [2, 3]]), np.array([[True, False], [False, False]]), np.array([1, 1]))


class Broken:
    """A metric that raises, or that returns one value too many."""

    name, label, higher_is_better = "broken", "Broken", True

    def __init__(self, raises):
        self.raises = raises

    def per_user(self, ranking):
        if self.raises:
            raise RuntimeError("no")
        return np.zeros(3)


def owner(monkeypatch, is_builtin):
    plugin = SimpleNamespace(is_builtin=is_builtin, distribution="a-plugin")
    monkeypatch.setattr(scoring.shelves, "find", lambda kind, name: SimpleNamespace(plugin=plugin))


def test_scores_are_named_by_metric_and_k():
    scores = score_by_all(RANKING, [HR()], [1, 2], RecordingObserver())
    assert {name: values.expected.tolist() for name, values in scores.items()} == {"hr@1": [1, 0], "hr@2": [1, 0]}


@pytest.mark.parametrize(("raises", "reason"), [(True, "RuntimeError('no')"), (False, "one value per user")])
def test_a_metric_of_a_plugin_that_fails_is_left_out_with_a_note(raises, reason, monkeypatch):
    owner(monkeypatch, is_builtin=False)
    observer = RecordingObserver()
    assert list(score_by_all(RANKING, [Broken(raises), HR()], [1], observer)) == ["hr@1"]
    assert "metric 'broken' of a-plugin is left out" in observer.notes[0]
    assert reason in observer.notes[0]


def test_an_own_metric_that_fails_is_an_error(monkeypatch):
    owner(monkeypatch, is_builtin=True)
    with pytest.raises(RuntimeError):
        score_by_all(RANKING, [Broken(raises=True)], [1], RecordingObserver())
