import numpy as np
import pytest
import torch

from hashbench.components.encoders.mf import MF
from hashbench.components.heads.continuous import Continuous
from hashbench.components.heads.guided_ste import GuidedSTE
from hashbench.components.objectives.bpr import BPR
from hashbench.data.interactions import Interactions
from hashbench.errors import RunFailed
from hashbench.graph.bipartite import BipartiteGraph
from hashbench.observers import NullObserver
from hashbench.protocols import RunContext
from hashbench.training.loop import train
from hashbench.training.options import TrainingOptions
from hashbench.training.stage import Stage, Validation

CTX = RunContext(seed=1)


def interactions():
    rng = np.random.default_rng(0)
    return Interactions.from_pairs(rng.integers(0, 20, 200), rng.integers(0, 30, 200), 20, 30)


class RecordingObserver(NullObserver):
    def __init__(self):
        self.losses, self.epochs = [], []

    def stage_started(self, stage, n_steps, n_epochs, epochs_done):
        self.started = (stage, n_steps, n_epochs)

    def step_finished(self, loss):
        self.losses.append(loss)

    def epoch_finished(self, epoch):
        self.epochs.append(epoch)


def trained(rates, head=None, l2=0.0, **options):
    """Train with a validation that says what it is told to, epoch by epoch."""
    graph = BipartiteGraph(interactions())
    seen = []

    def validate(embeddings, hasher):
        seen.append(embeddings)
        return Validation(hr=rates[len(seen) - 1], auc=0.5)

    observer = RecordingObserver()
    options = TrainingOptions(**({"batch_size": 64, "epochs": 6} | options))
    stage = Stage("joint", graph.interactions, BPR(), options, validate if rates else None, observer)
    encoder = MF(dim=4, l2=l2).build(graph, CTX)
    return train(encoder, (head or Continuous()).build(4, CTX), stage, CTX), seen, observer


def test_the_weights_of_the_best_epoch_are_kept():
    result, seen, _ = trained([0.1, 0.3, 0.2, 0.3, 0.1, 0.0])
    assert result.best_epoch == 2
    assert torch.equal(result.embeddings, seen[1])
    assert not torch.equal(result.embeddings, seen[5])
    assert result.stopped == "all epochs done"


def test_training_stops_when_nothing_gets_better():
    result, seen, _ = trained([0.1, 0.3, 0.2, 0.2, 0.2, 0.9], patience=3)
    assert len(seen) == len(result.history) == 5
    assert result.stopped == "no better validation for 3 epochs"


def test_a_head_that_anneals_is_trained_to_the_end_of_its_schedule():
    result, _, _ = trained([0.3, 0.2, 0.2, 0.2, 0.2, 0.2], head=GuidedSTE(8), patience=1)
    assert len(result.history) == 6
    assert result.history[-1].schedule == pytest.approx(GuidedSTE(8).p_end)


def test_without_validation_every_epoch_is_trained_and_the_last_kept():
    result, _, observer = trained(None)
    assert result.best_epoch == 6
    assert result.stopped == "all epochs done, with nothing to validate on"
    assert [point.valid_hr for point in observer.epochs] == [None] * 6


def test_the_observer_sees_every_step_and_the_curve_is_their_mean():
    result, _, observer = trained([0.1] * 6, patience=6)
    _, steps, epochs = observer.started
    assert len(observer.losses) == steps * epochs
    assert result.history[0].loss == pytest.approx(np.mean(observer.losses[:steps]))
    assert result.history[-1].loss < result.history[0].loss


@pytest.mark.parametrize(("lr", "message"), [(1e38, "not finite|became"), (30.0, "diverged from")])
def test_a_diverging_loss_ends_the_run(lr, message):
    with pytest.raises(RunFailed, match=message):
        trained([0.1] * 6, lr=lr, patience=6)


def test_l2_shrinks_layer_0():
    free, _, _ = trained(None)
    held, _, _ = trained(None, l2=1.0)
    assert held.embeddings.norm() < free.embeddings.norm()


def test_embeddings_handed_out_do_not_follow_the_weights():
    result, seen, _ = trained([0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
    assert not result.embeddings.requires_grad
    assert len({tensor.sum().item() for tensor in seen}) == 6
