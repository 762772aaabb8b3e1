"""F1 of mean precision and recall: of a record, and what each user contributes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hashbench.reproduction.f1_of_means import of_users, with_f1_of_means

from ..results.factory import a_record

SHARES = st.floats(2**-7, 1, width=32)


def users(precision, recall):
    values = {"precision@5": np.asarray(precision, np.float32), "recall@5": np.asarray(recall, np.float32)}
    return of_users(lambda record: values)(a_record())["f1_of_means@5"]


def test_a_records_is_that_of_its_means_at_each_k_that_has_both():
    means = {"precision@5": 0.2, "recall@5": 0.6, "precision@9": 0.0, "recall@9": 0.0, "precision@10": 0.1, "f1@5": 0.5}
    f1 = with_f1_of_means(a_record(metrics=means)).metrics
    assert f1 == {**means, "f1_of_means@5": pytest.approx(0.3), "f1_of_means@9": 0}


@given(st.integers(2, 30).flatmap(lambda n: arrays(np.float32, (2, n), elements=SHARES)))
def test_the_mean_over_users_is_the_records(values):
    precision, recall = values
    p, r = precision.astype(float).mean(), recall.astype(float).mean()
    assert users(precision, recall).astype(float).mean() == pytest.approx(2 * p * r / (p + r), rel=1e-5)


def test_a_users_value_tells_how_much_she_moves_it():
    rng = np.random.default_rng(0)
    precision, recall = rng.random((2, 10_000))
    without = 2 * precision[1:].mean() * recall[1:].mean() / (precision[1:].mean() + recall[1:].mean())
    values = users(precision, recall)
    moved = (values.astype(float).mean() - without) * len(values)
    assert moved == pytest.approx(values[0] - without, abs=1e-3)


def test_a_user_who_was_not_asked_stays_without_a_value():
    assert np.isnan(users([0.5, np.nan], [0.5, np.nan])).tolist() == [False, True]
    nothing_found = users([0, np.nan], [0, np.nan])
    assert nothing_found[0] == 0
    assert np.isnan(nothing_found[1])
