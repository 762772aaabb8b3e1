"""Plans: what texts become, and what does not fit together."""

import pytest

from hashbench.errors import BadParameter, HashbenchError
from hashbench.pipeline.plan import RunPlan, dedicated_retriever, named_parts, searchable_parts
from hashbench.spec import identity

from .small import small_plan

DATA = "d" * 64


def test_ids_are_hashes_of_canonical_descriptions():
    plan, reordered = small_plan(head="lsh:bits=16"), small_plan(head="lsh:bits=16", seed=0, train_head="post_hoc")
    assert plan == reordered
    assert plan.model_id(DATA) == identity(plan.model_spec(DATA)) == reordered.model_id(DATA)
    assert plan.stage_id("encoder", DATA) == identity(plan.stage_spec("encoder", DATA))
    assert plan.model_id(DATA) != small_plan(seed=1).model_id(DATA) != plan.model_id("e" * 64)


def test_an_encoder_before_a_head_is_the_stage_of_the_encoder_alone():
    before_head, alone = small_plan(head="lsh:bits=16"), small_plan(head="continuous", retrievers="continuous")
    assert before_head.stage_id("encoder", DATA) == alone.stage_id("encoder", DATA)
    assert before_head.stage_id("head", DATA) != alone.stage_id("head", DATA)
    assert before_head.trains_encoder_alone
    assert alone.trains_encoder_alone
    assert not small_plan(head="guided_ste:bits=16").trains_encoder_alone
    assert not small_plan(encoder="svd:dim=8").trains_encoder_alone


@pytest.mark.parametrize(
    ("encoder", "head", "requested", "train_head"),
    [
        ("mf", "guided_ste", None, "joint"),
        ("mf", "guided_ste", "post_hoc", "post_hoc"),
        ("mf", "lsh", None, "post_hoc"),
        ("mf", "lsh", "joint", "post_hoc"),
        ("svd", "guided_ste", "joint", "post_hoc"),
        ("svd", "continuous", None, "joint"),
        ("mf", "continuous", "post_hoc", "joint"),
    ],
)
def test_a_head_is_trained_jointly_where_it_can_be(encoder, head, requested, train_head):
    plan = small_plan(encoder, head, train_head=requested, retrievers=None)
    assert plan.train_head == train_head
    assert bool(plan.notes) == (requested not in (None, train_head))


def test_a_system_gives_the_parts_that_are_not_given():
    plan = RunPlan.from_specs(dataset="synthetic", system="hashgnn", head="lsh:bits=8")
    published = RunPlan.from_specs(dataset="synthetic", system="hashgnn")
    assert plan.head.name == "lsh"
    assert plan.encoder == published.encoder
    assert plan.training == published.training


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"train_head": "later"}, "train_head must be 'joint' or 'post_hoc', got 'later'"),
        ({"seed": -1}, "--seed must be at least 0"),
        ({"ks": (0,)}, "--k must name whole numbers from 1 up"),
        ({"retrievers": []}, "no retriever is given"),
        ({"retrievers": ["hamming", "hamming"]}, "a retriever is given twice"),
        ({"head": "continuous"}, "hash head 'continuous' gives no codes, which retriever 'hamming' searches"),
        ({"training": {"epoch": 1}}, "there is no training option 'epoch'.*Did you mean 'epochs'"),
        ({"training": {"embedding_loss_weight": 0.5}}, "embedding_loss_weight goes with a hash head"),
    ],
)
def test_what_does_not_fit_is_an_error(changes, message):
    with pytest.raises(HashbenchError, match=message):
        small_plan(**changes)


def test_k_is_at_most_the_number_of_items():
    small_plan().check_ks(5)
    with pytest.raises(BadParameter, match=r"k is 5, but data set 'synthetic:.*' has only 4 items"):
        small_plan().check_ks(4)


def test_embeddings_with_a_loss_of_their_own_are_searchable():
    plan = small_plan(head="hashlgn:bits=16", retrievers=None)
    assert dedicated_retriever(plan.head).name == "asymmetric"
    assert "asymmetric" in [retriever.name for retriever in plan.retrievers]
    weighted = small_plan(head="guided_ste:bits=16", training={"embedding_loss_weight": 0.5})
    assert searchable_parts(weighted.head, weighted.training) == {"codes", "embeddings"}
    assert named_parts({"embeddings", "codes"}) == "codes and embeddings"
