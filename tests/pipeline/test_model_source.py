"""Models from the cache, from checkpoints, and trained."""

from dataclasses import replace

import numpy as np
import pytest

from hashbench.pipeline.model_source import ModelSource
from hashbench.pipeline.phases import Phases

from .small import RecordingObserver, small_execution, small_plan, small_split


@pytest.fixture
def plan():
    return small_plan(head="lsh:bits=16")


def source(plan, out, **options):
    return ModelSource(plan, small_execution(out, **options), small_split(plan).fingerprint())


def test_a_model_is_trained_once_and_then_cached(plan, tmp_path):
    split, phases, first = small_split(plan), Phases(), source(plan, tmp_path)
    assert not first.is_cached()
    assert not first.has_ended("encoder")
    trained = first.obtain(split, phases)
    assert list(phases.seconds) == ["train"]
    assert first.is_cached()
    assert first.has_ended("encoder")
    again, phases = source(plan, tmp_path, reuse_model=True), Phases()
    cached = again.obtain(split, phases)
    assert again.execution.observer.cache_hits == [True]
    assert phases.seconds == {}
    assert np.array_equal(cached.items.codes.packed, trained.items.codes.packed)
    assert cached.training == trained.training


def test_another_head_starts_from_the_checkpoint_of_the_encoder(plan, tmp_path):
    source(plan, tmp_path).obtain(small_split(plan), Phases())
    other = source(small_plan(head="itq:bits=8"), tmp_path, reuse_model=True)
    other.obtain(small_split(plan), Phases())
    assert other.execution.observer.stages == []
    assert other.execution.observer.cache_hits == [False]


def test_a_model_of_other_versions_is_trained_again(plan, tmp_path, monkeypatch):
    source(plan, tmp_path).obtain(small_split(plan), Phases())
    monkeypatch.setattr("hashbench.pipeline.environment.__version__", "9.9")
    newer = source(plan, tmp_path, reuse_model=True)
    assert not newer.is_cached()
    assert newer.cached() is None
    assert "it is trained again" in newer.execution.observer.notes[0]


def test_without_a_folder_there_are_no_checkpoints(plan):
    nowhere = source(plan, None)
    assert nowhere.checkpoint("encoder") is None
    assert not nowhere.is_cached()
    assert nowhere.cached() is None


def test_looking_up_writes_nothing(plan, tmp_path):
    folder = tmp_path / "results"
    looked_up = source(plan, folder)
    assert not looked_up.is_cached()
    assert not looked_up.has_ended("encoder")
    assert not folder.exists()
    assert replace(looked_up, plan=replace(plan, seed=1)).model_id != looked_up.model_id
    assert isinstance(looked_up.execution.observer, RecordingObserver)
