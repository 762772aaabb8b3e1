"""Metrics recomputed from what a run stores are those that the run had."""

from __future__ import annotations

import numpy as np
import pytest

from hashbench.components.metrics import HR
from hashbench.evaluation.ranking import score
from hashbench.evaluation.ties import tie_groups
from hashbench.protocols import ScoredRanking
from hashbench.results.per_user import Hits
from hashbench.results.recompute import METRICS, Recomputation


def tied_ranking(n_users: int = 60, k: int = 20) -> ScoredRanking:
    """Return a ranking by few different scores, some with fewer than k items, whose last groups go on beyond k."""
    rng = np.random.default_rng(0)
    scores = -np.sort(rng.integers(0, 6, (n_users, k)), axis=1).astype(np.float32)
    hits = rng.random((n_users, k)) < 0.3
    items = np.tile(np.arange(k, dtype=np.int32), (n_users, 1))
    items[:5, k - 4 :], scores[:5, k - 4 :], hits[:5, k - 4 :] = -1, -np.inf, False
    in_last = (scores == scores[:, -1:]) & (items >= 0)
    size = in_last.sum(1) + rng.integers(0, 9, n_users)
    relevant = (in_last & hits).sum(1)
    relevant += (size > in_last.sum(1)) & (rng.random(n_users) < 0.5)
    ties = tie_groups(scores, hits, size, relevant)
    return ScoredRanking(items, hits, hits.sum(1) + 1, ties)


@pytest.mark.parametrize("tied", [True, False])
def test_every_metric_is_recomputed_bit_by_bit(tied: bool) -> None:
    ranking = tied_ranking()
    if not tied:
        ranking = ScoredRanking(ranking.items, ranking.hits, ranking.n_relevant)
    users = np.random.default_rng(1).permutation(80)[:60]
    hits = Hits.from_ranking(ranking, users, 80)
    for name, scores in score(ranking, METRICS.values(), (5, 20)).items():
        values = Recomputation(hits).values(name)
        assert values is not None
        np.testing.assert_array_equal(values[users], scores.expected.astype(np.float32), err_msg=name)
        assert np.isnan(np.delete(values, users)).all()


def test_what_does_not_follow_from_hits_is_not_recomputed() -> None:
    hits = Hits.from_ranking(tied_ranking(), np.arange(60), 60)
    for metric in ("novelty@5", "hr", "hr@", "hr@x", "hr@0", "hr@21"):
        assert Recomputation(hits).values(metric) is None
    values = Recomputation(hits).values("hr@20")
    assert values is not None
    assert float(np.nanmean(values)) == pytest.approx(float(HR().expected(tied_ranking()).mean()))
