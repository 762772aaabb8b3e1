"""A training that is stopped goes on from its checkpoint and ends as the undisturbed one does, to the last bit."""

import json

import pytest
import torch

from hashbench.components.encoders.lightgcn import LightGCN
from hashbench.components.encoders.sage import Sage
from hashbench.components.heads.guided_ste import GuidedSTE
from hashbench.components.heads.hashnet import HashNet
from hashbench.components.objectives.bpr import BPR
from hashbench.data.interactions import Interactions
from hashbench.errors import RunInterrupted
from hashbench.graph.bipartite import BipartiteGraph
from hashbench.observers import NullObserver
from hashbench.protocols import RunContext
from hashbench.training import loop
from hashbench.training.checkpoint import CheckpointFile
from hashbench.training.loop import train
from hashbench.training.options import TrainingOptions
from hashbench.training.stage import Stage, Validation

EPOCHS = 7
VERSIONS = {"hashbench": "1"}


class RecordingObserver(NullObserver):
    """Stops in the middle of an epoch."""

    def __init__(self, stop_in=None):
        self.stop_in, self.seen, self.done = stop_in, [], 0

    def stage_started(self, stage, n_steps, n_epochs, epochs_done):
        self.done = epochs_done

    def step_finished(self, loss):
        if self.stop_in == self.done + len(self.seen) + 1:
            raise KeyboardInterrupt

    def epoch_finished(self, epoch):
        self.seen.append(epoch.epoch)


@pytest.fixture(autouse=True)
def _saved_after_every_epoch(monkeypatch):
    monkeypatch.setattr(loop, "MAX_SAVE_SHARE", float("inf"))


@pytest.fixture
def notes():
    return []


def trained(checkpoint, encoder, head, observer=None, patience=EPOCHS, **options):
    pairs = torch.randint(0, 30, (2, 300), generator=torch.Generator().manual_seed(0)).numpy()
    graph = BipartiteGraph(Interactions.from_pairs(*pairs, 30, 30))
    ctx = RunContext(seed=3)

    def validate(embeddings, hasher):
        return Validation(hr=float(hash_of(embeddings) % 97), auc=0.5)

    options = TrainingOptions(epochs=EPOCHS, batch_size=64, patience=patience, **options)
    observer = observer or RecordingObserver()
    stage = Stage("joint", graph.interactions, BPR(), options, validate, observer, checkpoint)
    built = encoder.build(graph, ctx)
    return train(built, head.build(built.dim, ctx), stage, ctx), observer


def hash_of(embeddings):
    return int(embeddings.view(torch.int32).sum(dtype=torch.int64))


def summary(result):
    hashed = result.hasher.hash_items(result.embeddings.numpy())
    return (
        result.best_epoch,
        result.stopped,
        [(point.epoch, point.loss, point.valid_hr, point.schedule) for point in result.history],
        hash_of(result.embeddings),
        hashed.codes.packed.tolist(),
    )


PAIRS = [(LightGCN(dim=8), GuidedSTE(bits=8)), (Sage(dim=8), HashNet(bits=8))]


@pytest.mark.parametrize("fan_outs", ["all", "3x2"])
@pytest.mark.parametrize(("encoder", "head"), PAIRS, ids=["lightgcn guided_ste", "sage hashnet"])
def test_stopped_in_every_epoch_it_ends_as_if_it_had_not_been(encoder, head, fan_outs, tmp_path, notes):
    whole, _ = trained(None, encoder, head, fan_outs=fan_outs)
    file = CheckpointFile(tmp_path / "one.safetensors", VERSIONS, notes.append)
    for stop_in in range(1, EPOCHS + 1):
        observer = RecordingObserver(stop_in)
        with pytest.raises(RunInterrupted, match=f"stopped in epoch {stop_in} of {EPOCHS}.*is kept"):
            trained(file, encoder, head, observer, fan_outs=fan_outs)
        assert observer.done == max(0, stop_in - 2)
    result, observer = trained(file, encoder, head, fan_outs=fan_outs)
    assert observer.seen == [EPOCHS]
    assert summary(result) == summary(whole)
    assert not notes


def test_one_that_has_ended_is_not_trained_again(tmp_path, notes):
    encoder, head = PAIRS[0]
    file = CheckpointFile(tmp_path / "one.safetensors", VERSIONS, notes.append)
    first, observer = trained(file, encoder, head)
    assert observer.seen == list(range(1, EPOCHS + 1))
    again, observer = trained(file, encoder, head)
    assert observer.seen == []
    assert summary(again) == summary(first)
    assert again.seconds == first.seconds


def test_patience_is_counted_over_the_stop(tmp_path, notes):
    encoder, head = PAIRS[0]
    whole, _ = trained(None, encoder, head, patience=1)
    file = CheckpointFile(tmp_path / "one.safetensors", VERSIONS, notes.append)
    for stop_in in range(1, len(whole.history) + 1):
        with pytest.raises(RunInterrupted):
            trained(file, encoder, head, RecordingObserver(stop_in), patience=1)
    result, _ = trained(file, encoder, head, patience=1)
    assert summary(result) == summary(whole)


@pytest.mark.parametrize(
    ("spoil", "versions", "said"),
    [
        (lambda whole: whole[: len(whole) // 2], VERSIONS, "is damaged"),
        (lambda whole: b"", VERSIONS, "is damaged"),
        (lambda whole: whole, {"hashbench": "2"}, "is of other versions (hashbench 1)"),
    ],
    ids=["half", "empty", "versions"],
)
def test_what_cannot_be_gone_on_from_is_said_and_trained_anew(spoil, versions, said, tmp_path, notes):
    encoder, head = PAIRS[0]
    path = tmp_path / "one.safetensors"
    with pytest.raises(RunInterrupted):
        trained(CheckpointFile(path, VERSIONS, notes.append), encoder, head, RecordingObserver(4))
    path.write_bytes(spoil(path.read_bytes()))
    _, observer = trained(CheckpointFile(path, versions, notes.append), encoder, head)
    assert observer.seen == list(range(1, EPOCHS + 1))
    assert len(notes) == 1
    assert said in notes[0]
    assert str(path) in notes[0]


def test_where_it_cannot_be_written_training_goes_on(tmp_path, notes):
    (tmp_path / "file").touch()
    encoder, head = PAIRS[0]
    file = CheckpointFile(tmp_path / "file" / "one.safetensors", VERSIONS, notes.append)
    result, _ = trained(file, encoder, head)
    assert len(result.history) == EPOCHS
    assert "cannot be written (" in notes[0]


def test_it_holds_no_pickle(tmp_path, notes):
    encoder, head = PAIRS[0]
    path = tmp_path / "one.safetensors"
    with pytest.raises(RunInterrupted):
        trained(CheckpointFile(path, VERSIONS, notes.append), encoder, head, RecordingObserver(4))
    length = int.from_bytes(path.read_bytes()[:8], "little")
    header = json.loads(path.read_bytes()[8 : 8 + length])
    assert json.loads(header["__metadata__"]["facts"])["provenance"] == VERSIONS
