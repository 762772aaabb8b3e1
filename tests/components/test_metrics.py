import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashbench.components.metrics import F1, HR, MAP, MRR, NDCG, HitRate, Precision, Recall
from hashbench.data.interactions import Interactions
from hashbench.evaluation.ranking import hits_of, score
from hashbench.protocols import ScoredRanking
from hashbench.testing import MetricTests

ALL = [HR(), Recall(), HitRate(), NDCG(), Precision(), F1(), MRR(), MAP()]


class TestHR(MetricTests):
    component = HR()


class TestRecall(MetricTests):
    component = Recall()


class TestHitRate(MetricTests):
    component = HitRate()


class TestNDCG(MetricTests):
    component = NDCG()


class TestPrecision(MetricTests):
    component = Precision()


class TestF1(MetricTests):
    component = F1()


class TestMRR(MetricTests):
    component = MRR()


class TestMAP(MetricTests):
    component = MAP()


def ranking(hits, n_relevant):
    hits = np.atleast_2d(np.asarray(hits, bool))
    return ScoredRanking(np.zeros(hits.shape, np.int32), hits, np.atleast_1d(np.asarray(n_relevant, np.int64)))


@pytest.mark.parametrize(
    ("metric", "value"),
    [
        (HR(), 2 / 3),
        (Recall(), 2 / 3),
        (HitRate(), 1),
        (Precision(), 2 / 4),
        (F1(), 2 * (2 / 4) * (2 / 3) / (2 / 4 + 2 / 3)),
        (MRR(), 1 / 2),
        (MAP(), (1 / 2 + 2 / 4) / 3),
        (NDCG(), (1 / math.log2(3) + 1 / math.log2(5)) / (1 + 1 / math.log2(3) + 1 / 2)),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_by_hand_hits_at_ranks_2_and_4_of_4_with_3_relevant(metric, value):
    assert metric.per_user(ranking([0, 1, 0, 1], 3)) == pytest.approx([value], rel=1e-12)


def test_hr_is_recall_and_hit_rate_is_not():
    scored = ranking([0, 1, 0, 1], 3)
    assert HR().per_user(scored) == Recall().per_user(scored) == pytest.approx([2 / 3])
    assert HitRate().per_user(scored) == [1]
    assert "HR@k = hits / test items (recall)" in HR.__doc__


def test_the_ideal_of_ndcg_has_no_more_hits_than_ranks():
    assert NDCG().per_user(ranking([1, 1], 50)).tolist() == [1.0]
    assert MAP().per_user(ranking([1, 1], 50)).tolist() == [1.0]


@pytest.mark.parametrize("metric", ALL, ids=lambda metric: metric.name)
def test_undefined_without_test_items(metric):
    values = metric.per_user(ranking([[0, 0], [0, 0], [1, 0]], [0, 2, 1]))
    assert math.isnan(values[0])
    assert values[1] == 0
    assert values[2] > 0


@given(st.lists(st.booleans(), min_size=1, max_size=30), st.integers(0, 40))
def test_metrics_lie_between_0_and_1_and_earlier_hits_are_no_worse(hits, more):
    if not any(hits):
        hits[-1] = True
    late = ranking(hits, sum(hits) + more)
    earlier = ranking(sorted(hits, reverse=True), sum(hits) + more)
    for metric in ALL:
        value = metric.per_user(late)[0]
        assert 0 < value <= 1 + 1e-12
        assert metric.per_user(earlier)[0] >= value - 1e-12


def test_hits_are_found_and_padding_never_hits():
    truth = Interactions.from_pairs([0, 0, 1], [2, 0, 3], 3, 4)
    items = np.array([[0, 1, 2, -1], [0, 1, 2, -1], [3, 2, 1, 0]], np.int32)
    assert hits_of(items, truth).astype(int).tolist() == [[1, 0, 1, 0], [0, 0, 0, 0], [0, 0, 0, 0]]


def test_scores_are_named_by_metric_and_k():
    values = score(ranking([0, 1, 0], 1), [HR(), MRR()], [1, 3])
    assert {name: scores.expected.tolist() for name, scores in values.items()} == {
        "hr@1": [0.0],
        "hr@3": [1.0],
        "mrr@1": [0.0],
        "mrr@3": [0.5],
    }
