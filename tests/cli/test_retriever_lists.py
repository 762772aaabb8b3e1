"""A list of numbers in a retriever's parameter: the oversampling curve of one model."""

import json

import pytest

from hashbench.errors import BadParameter
from hashbench.pipeline.plan import RunPlan
from hashbench.spec import canonical

from .in_process import hashbench
from .process import RUN


def retrievers(*texts):
    plan = RunPlan.from_specs(dataset="synthetic", encoder="mf", head="lsh", retrievers=texts, ks=(5,))
    return [canonical(retriever) for retriever in plan.retrievers]


def test_each_number_is_a_retriever():
    assert retrievers("hierarchical:candidates=100,200", "hamming") == [
        "hierarchical:candidates=100",
        "hierarchical:candidates=200",
        "hamming",
    ]
    assert retrievers("threshold:radius=2, 4") == ["threshold:radius=2", "threshold:radius=4"]
    assert retrievers("hierarchical") == ["hierarchical"]


@pytest.mark.parametrize("text", ["hierarchical:candidates=100,many", "hierarchical:candidates=100,", "hamming:x=1,2"])
def test_what_is_no_number_is_named(text):
    with pytest.raises(BadParameter, match=r"candidates|no parameter 'x'"):
        retrievers(text)


def test_a_curve_comes_from_one_model_and_rises_to_the_float_search(tmp_path):
    run = hashbench(
        *RUN,
        "--retriever",
        "hierarchical:candidates=5,20,50",
        "--retriever",
        "continuous",
        "--out",
        tmp_path,
        "--format",
        "json",
    )
    *few, every, exact = json.loads(run.stdout)
    assert len({record["model_id"] for record in (*few, every, exact)}) == 1
    assert every["metrics"] == exact["metrics"]
    table = hashbench("compare", tmp_path).stdout
    for candidates in (5, 20, 50):
        assert f"candidates={candidates}" in table
