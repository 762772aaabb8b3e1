"""Cached models come back whole, or not at all."""

import numpy as np
import pytest

from hashbench.errors import BadRecord
from hashbench.protocols import Hashed
from hashbench.results.cache import CachedModel, ModelCache
from hashbench.results.record import StageSummary


@pytest.fixture
def model():
    rng = np.random.default_rng(0)
    users, items = (Hashed(embeddings=rng.standard_normal((n, 4), np.float32)) for n in (3, 5))
    stage = StageSummary(stage="joint", epochs=0, best_epoch=0, stopped="fitted", seconds=1.5, history=[])
    return CachedModel(users, items, [stage], {"hashbench": "1.0"})


def test_a_model_comes_back_with_its_training_and_provenance(tmp_path, model):
    cache = ModelCache(tmp_path)
    cache.write("m1", model)
    loaded = cache.read("m1")
    assert np.array_equal(loaded.users.embeddings, model.users.embeddings)
    assert np.array_equal(loaded.items.embeddings, model.items.embeddings)
    assert (loaded.training, loaded.provenance) == (model.training, model.provenance)
    assert cache.provenance("m1") == {"hashbench": "1.0"}


def test_what_is_not_there_is_none(tmp_path):
    assert ModelCache(tmp_path).read("m1") is None
    assert ModelCache(tmp_path).provenance("m1") is None


def test_a_damaged_model_is_named(tmp_path, model):
    file = ModelCache(tmp_path).write("m1", model)
    file.write_bytes(file.read_bytes()[:40])
    with pytest.raises(BadRecord, match=r"m1\.safetensors: damaged"):
        ModelCache(tmp_path).read("m1")


def test_entries_are_files_of_both_kinds_with_their_sizes(tmp_path, model):
    cache = ModelCache(tmp_path)
    codes, stage = cache.write("m1", model), cache.training("s1")
    stage.parent.mkdir()
    stage.write_bytes(b"weights")
    entries = [(entry.kind, entry.file, entry.size) for entry in cache.entries()]
    assert entries == [("codes", codes, codes.stat().st_size), ("training", stage, 7)]
