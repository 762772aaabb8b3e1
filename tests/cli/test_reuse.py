"""`hashbench run --reuse-model`: what an earlier run of the model kept, instead of a training."""

import json

import numpy as np
import pytest

from hashbench.results import model_file

from .in_process import hashbench
from .process import TINY

RUN = ["run", "--encoder", "mf:dim=8", "--head", "guided_ste:bits=16", "--dataset", TINY, "--epochs", "1", "--k", "5"]


def run(out, *more):
    result = hashbench(*RUN, "--out", out, "--format", "json", *more)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout), result.stderr


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    return tmp_path_factory.mktemp("results")


def test_another_retriever_and_k_train_nothing_and_find_the_same(out):
    first, _ = run(out, "--retriever", "hamming")
    again, messages = run(out, "--retriever", "hamming", "--retriever", "hierarchical", "--k", "3,5", "--reuse-model")
    assert "is in the cache: nothing is trained" in messages
    assert "epoch" not in messages
    assert again[0]["metrics"]["hr@5"] == first[0]["metrics"]["hr@5"]
    assert again[0]["model_id"] == first[0]["model_id"]
    assert again[0]["training"] == first[0]["training"]


def test_where_there_is_none_it_is_trained_and_said(tmp_path):
    _, messages = run(tmp_path, "--retriever", "hamming", "--reuse-model")
    assert "is not in the cache: it is trained" in messages


def test_a_damaged_one_is_named(out):
    (file,) = (out / "models").glob("*.safetensors")
    whole, codes = file.read_bytes(), model_file.read(file)[1].codes.packed
    file.write_bytes(whole[: len(whole) // 2])
    _, messages = run(out, "--retriever", "hamming", "--reuse-model")
    assert f"{file}: damaged (" in messages
    assert "the model is trained again" in messages
    assert np.array_equal(model_file.read(file)[1].codes.packed, codes)
