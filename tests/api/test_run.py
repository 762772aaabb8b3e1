"""`hashbench.run` in Python: objects, text, data frames and lists say the same as the command line."""

import numpy as np
import pandas as pd
import pytest

import hashbench
from hashbench.components.encoders.mf import MF
from hashbench.components.heads.itq import ITQ
from hashbench.components.heads.lsh import LSH
from hashbench.components.retrievers.hierarchical import Hierarchical
from hashbench.errors import BadParameter, UnknownName
from hashbench.observers import NullObserver

from ..cli.process import TINY

SETTINGS = {"epochs": 1, "k": 5, "threads": 1}


def run(**changes):
    return hashbench.run(**{"encoder": "mf:dim=8", "head": "lsh:bits=16", "dataset": TINY, **SETTINGS, **changes})


@pytest.fixture(scope="module")
def frame():
    rng = np.random.default_rng(0)
    return pd.DataFrame({"user": rng.integers(0, 40, 600), "item": rng.integers(0, 30, 600), "rating": 5})


def test_objects_and_text_give_the_same_runs():
    by_text = run(retrievers=["hamming", "hierarchical:candidates=20"])
    by_object = run(encoder=MF(dim=8), head=LSH(bits=16), retrievers=["hamming", Hierarchical(candidates=20)])
    assert [record.run_id for record in by_object] == [record.run_id for record in by_text]
    assert [record.metrics for record in by_object] == [record.metrics for record in by_text]


def test_a_data_frame_and_its_file_give_the_same_metrics(frame, tmp_path):
    frame.to_csv(tmp_path / "log.csv", index=False)
    by_frame, by_path = (run(dataset=data, retrievers="hamming") for data in (frame, tmp_path / "log.csv"))
    assert by_frame[0].metrics == by_path[0].metrics
    assert by_frame[0].data.fingerprint == by_path[0].data.fingerprint
    assert by_frame[0].spec["dataset"].startswith("frame:digest=")


def test_lists_make_a_grid_of_models():
    records = run(encoder=["mf:dim=8", "svd:dim=8"], head=[LSH(bits=8), ITQ(bits=8)], seed=[0, 1], retrievers="hamming")
    models = [(record.encoder, record.head, record.seed) for record in records]
    assert models == [(encoder, head, seed) for encoder in ("mf", "svd") for head in ("lsh", "itq") for seed in (0, 1)]


def test_equal_models_of_a_grid_are_trained_once():
    # A fitted head is trained post hoc whatever is asked for.
    assert len(run(train_head=["joint", "post_hoc"], retrievers="hamming")) == 1


def test_a_grid_is_checked_whole_before_anything_is_trained():
    started = []

    class Observer(NullObserver):
        def stage_started(self, stage, n_steps, n_epochs, epochs_done):
            started.append(stage)

    with pytest.raises(UnknownName, match="Did you mean 'lsh'"):
        run(head=["lsh", "lhs"], observer=Observer())
    assert started == []


def test_an_empty_axis_is_refused():
    with pytest.raises(BadParameter, match="a list of components or seeds is empty"):
        run(head=[])
