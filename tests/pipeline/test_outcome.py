"""Means, ranges and per-user values of a search's outcome."""

from dataclasses import replace

import numpy as np
import pytest

from hashbench.data.codes import Codes
from hashbench.data.interactions import Interactions
from hashbench.evaluation.ranking import Scores, Search
from hashbench.pipeline.outcome import SearchOutcome
from hashbench.pipeline.phases import Phases
from hashbench.protocols import Hashed, ScoredRanking, Ties
from hashbench.results.record import Latency, StageSummary

LATENCY = Latency(p50_ms=1, p95_ms=1, p99_ms=1, batch_qps=1, batch_size=1, k=1, queries=1, batch_threads=1)
STAGES = [
    StageSummary(stage=stage, epochs=1, best_epoch=1, stopped="", seconds=seconds, history=[])
    for stage, seconds in (("encoder", 1.5), ("head", 2.0))
]


def outcome():
    """Users 1 and 2 of three have items to find among four; each ranking has one item."""
    users, items = (Hashed(Codes.from_signs(np.ones((n, 8)))) for n in (3, 4))
    search = Search(users, items, Interactions.empty(3, 4), Interactions.from_pairs([1, 2], [0, 3], 3, 4))
    ties = Ties(*np.zeros((3, 2, 1), np.int32))
    ranking = ScoredRanking(np.array([[0], [1]]), np.array([[True], [False]]), np.array([1, 1]), ties)
    scores = Scores(np.array([1.0, 0.0]), np.array([0.5, np.nan]), np.array([0.0, 0.0]), np.array([1.0, 1.0]))
    return SearchOutcome(STAGES, None, search, ranking, {"hr@1": scores}, LATENCY, 32, Phases())


def test_metrics_are_means_over_the_users_for_whom_they_are_defined():
    assert outcome().metrics == {"hr@1": 0.5}
    (tie_range,) = outcome().ties.values()
    assert (tie_range.drawn, tie_range.low, tie_range.high) == (0.5, 0.0, 1.0)


def test_without_ties_there_is_no_range():
    assert replace(outcome(), ranking=replace(outcome().ranking, ties=None)).ties == {}


def test_values_and_hits_have_a_row_for_every_user():
    np.testing.assert_array_equal(outcome().per_user["hr@1"], np.array([np.nan, 0.5, np.nan], np.float32))
    assert outcome().hits.n_relevant.tolist() == [0, 1, 1]


def test_costs():
    assert outcome().bytes_per_item == 8
    assert outcome().train_seconds == pytest.approx(3.5)
