"""Which stages a training has."""

import numpy as np
import pytest

from hashbench.components.retrievers.hierarchical import Hierarchical
from hashbench.observers import NullObserver
from hashbench.pipeline.learn import learn, validator
from hashbench.protocols import RunContext

from .small import small_plan, small_split

CASES = [
    ("mf:dim=8", "guided_ste:bits=16", None, ["joint"]),
    ("mf:dim=8", "guided_ste:bits=16", "post_hoc", ["encoder", "head"]),
    ("mf:dim=8", "lsh:bits=16", None, ["encoder", "head"]),
    ("mf:dim=8", "continuous", None, ["encoder"]),
    ("svd:dim=8", "continuous", None, ["encoder"]),
    ("svd:dim=8", "guided_ste:bits=16", None, ["encoder", "head"]),
]


@pytest.mark.parametrize(("encoder", "head", "train_head", "stages"), CASES)
def test_stages_follow_from_encoder_and_head(encoder, head, train_head, stages):
    plan = small_plan(encoder, head, train_head=train_head, retrievers=None)
    split = small_split(plan)
    model = learn(plan, split, RunContext(), NullObserver())
    assert [stage.stage for stage in model.training] == stages
    fitted = [stage.stopped == "fitted" for stage in model.training]
    assert fitted[0] == encoder.startswith("svd")
    assert fitted[-1] == (head.startswith("lsh") or (stages == ["encoder"] and encoder.startswith("svd")))
    assert (len(model.users), len(model.items)) == (split.train.n_users, split.train.n_items)


def test_queries_are_hashed_as_the_users_were():
    plan = small_plan(head="lsh:bits=16")
    model = learn(plan, small_split(plan), RunContext(), NullObserver())
    hashed = model.encode(np.array([4, 2]))
    assert np.array_equal(hashed.codes.packed, model.users.codes.packed[[4, 2]])


@pytest.mark.parametrize(
    ("head", "options", "names"),
    [
        ("continuous", {}, ["continuous"]),
        ("guided_ste:bits=16", {}, ["hamming", "hierarchical"]),
        ("hashlgn:bits=16", {}, ["asymmetric"]),
    ],
)
def test_a_model_is_validated_by_the_searches_that_its_head_is_for(head, options, names):
    plan = small_plan(head=head, retrievers=None, training={"valid_k": 500, **options})
    validation = validator(small_split(plan), plan.head, plan.training, RunContext())
    assert [retriever.name for retriever in validation.retrievers] == names
    for retriever in validation.retrievers:
        assert not isinstance(retriever, Hierarchical) or retriever.candidates == 500


def test_without_validation_interactions_nothing_is_validated():
    plan = small_plan(split="ratio:valid=0")
    assert validator(small_split(plan), plan.head, plan.training, RunContext()) is None
