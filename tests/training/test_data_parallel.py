"""Several processes train one model, started by torchrun: two real ones, over gloo."""

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
import torch

from hashbench.components.objectives.bpr import BPR
from hashbench.components.objectives.softmax import Softmax
from hashbench.process_group import ProcessGroup
from hashbench.training.data_parallel import shard_batch
from hashbench.training.sampling import sample_epoch

from ..cli.process import TINY
from .data_parallel_script import RATES, gradient, training
from .test_loop import interactions

ROOT = Path(__file__).parents[2]
RUN = [
    "run",
    "--encoder",
    "sage:dim=16",
    "--head",
    "guided_ste:bits=16",
    "--dataset",
    TINY,
    "--k",
    "5",
    "--epochs",
    "3",
]


COMMAND = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m"]


def torchrun(*words, cwd=ROOT):
    command = [*COMMAND, *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300, cwd=cwd)


@pytest.mark.parametrize("objective", [BPR(2), Softmax(4)], ids=str)
def test_shares_make_up_the_batch(objective):
    for batch in sample_epoch(interactions(), objective, 50, np.random.default_rng(0)):
        shards = [shard_batch(batch, ProcessGroup(rank, 3)) for rank in range(3)]
        pairs = [(user, item) for shard in shards for user, item in zip(shard.users, shard.positives, strict=True)]
        assert sorted(pairs) == sorted(zip(batch.users, batch.positives, strict=True))
        for rank, shard in enumerate(shards):
            if objective.shares_negatives:
                assert shard.negatives is batch.negatives
                assert np.array_equal(shard.interacted_mask, batch.interacted_mask[rank::3])
            else:
                assert np.array_equal(shard.negatives, batch.negatives[rank::3])


def test_a_batch_with_too_few_for_all_is_everyones():
    (batch,) = sample_epoch(interactions(), BPR(), 1000, np.random.default_rng(0))
    assert shard_batch(batch, ProcessGroup(1, 1001)) is batch


@pytest.mark.parametrize(("objective", "fan_outs"), [("bpr", "all"), ("softmax", "all"), ("bpr", "1000")])
def test_two_learn_what_one_does(tmp_path, objective, fan_outs):
    """Without noise, and with all neighbours drawn, gradients are those of the whole batch but for rounding."""
    alone = training(objective, fan_outs, ProcessGroup())
    ended = torchrun("tests.training.data_parallel_script", objective, fan_outs, tmp_path / "result.pt")
    assert ended.returncode == 0, ended.stderr
    both = torch.load(tmp_path / "result.pt")
    assert len(both["losses"]) == len(RATES)
    loss, expected = gradient(objective, fan_outs, ProcessGroup())
    assert both["first"][0] == pytest.approx(loss, rel=1e-5)
    assert torch.allclose(both["first"][1], expected, atol=1e-6)
    # Adam makes much of little where gradients are near nothing.
    assert both["losses"] == pytest.approx([epoch.loss for epoch in alone.history], rel=1e-3)
    assert torch.allclose(both["embeddings"], alone.embeddings, atol=0.01)


@pytest.mark.parametrize("more", [[], ["--fan-outs", "5x3"]], ids=["whole graph", "drawn neighbours"])
def test_a_run_is_recorded_once_and_again_the_same(tmp_path, more):
    metrics = []
    for name in ("first", "second"):
        ended = torchrun("hashbench", *RUN, *more, "--out", tmp_path / name, "--format", "json")
        assert ended.returncode == 0, ended.stderr
        records = json.loads(ended.stdout)
        assert [record["retriever"] for record in records] == ["continuous", "hierarchical", "hamming"]
        metrics.append([record["metrics"] for record in records])
        assert {record["machine"]["processes"] for record in records} == {2}
        assert records[0]["command"].startswith("torchrun --nproc-per-node 2 -m hashbench run ")
        assert ended.stderr.count("epoch 1/3") == 1
        assert len(list((tmp_path / name).glob("*.json"))) == 3
    assert metrics[0] == metrics[1]


def test_a_kept_model_is_taken_by_all(tmp_path):
    for count in (1, 0):
        ended = torchrun("hashbench", *RUN, "--out", tmp_path, "--reuse-model")
        assert ended.returncode == 0, ended.stderr
        assert ended.stderr.count("epoch 1/3") == count


def test_killed_they_go_on_where_they_were_and_end_as_if_they_had_not_been(tmp_path):
    words = ["hashbench", *RUN, "--epochs", "60", "--patience", "60", "--reuse-model", "--format", "json", "--out"]
    undisturbed = torchrun(*words, tmp_path / "whole")
    assert undisturbed.returncode == 0, undisturbed.stderr
    broken = tmp_path / "broken"
    with subprocess.Popen([*COMMAND, *words, str(broken)], stderr=subprocess.DEVNULL, cwd=ROOT) as process:
        while process.poll() is None and not list(broken.glob("models/training/*.safetensors")):
            time.sleep(0.005)
        for member in [process, *psutil.Process(process.pid).children(recursive=True)]:
            member.kill()
    assert not list(broken.glob("*.json"))
    ended = torchrun(*words, broken)
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr.count("training (joint) resumes after epoch") == 1
    first, second = (json.loads(process.stdout) for process in (undisturbed, ended))
    assert [record["metrics"] for record in first] == [record["metrics"] for record in second]


def test_it_does_not_go_with_dask():
    ended = torchrun("hashbench", *RUN, "--dask", "tcp://127.0.0.1:1")
    assert ended.returncode != 0
    assert "--dask does not go with several processes: search the model again without torchrun" in ended.stderr
