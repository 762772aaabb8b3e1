"""Steps of a training, on the whole graph and on sampled neighbourhoods."""

import copy

import numpy as np
import pytest
import torch

from hashbench.components.encoders.lightgcn import LightGCN
from hashbench.components.encoders.mf import MF
from hashbench.components.encoders.sage import Sage
from hashbench.components.heads.continuous import Continuous
from hashbench.components.heads.guided_ste import GuidedSTE
from hashbench.components.objectives.bpr import BPR
from hashbench.data.interactions import Interactions
from hashbench.errors import BadParameter
from hashbench.graph.bipartite import BipartiteGraph
from hashbench.observers import NullObserver
from hashbench.protocols import RunContext
from hashbench.training.loop import train
from hashbench.training.options import TrainingOptions
from hashbench.training.stage import Stage
from hashbench.training.trainer import Trainer


def islands(n=6):
    """Users and items in groups of four and three, none of which knows another's items."""
    pairs = [(4 * group + user, 3 * group + item) for group in range(n) for user in range(4) for item in range(3)]
    return Interactions.from_pairs(*zip(*pairs, strict=True), 4 * n, 3 * n)


def trained(encoder, train_on, threads=1, head=None, **options):
    ctx = RunContext(seed=1, threads=threads)
    module = encoder.build(BipartiteGraph(train_on, threads=threads), ctx)
    before = module.ego().detach().clone()
    stage = Stage("joint", train_on, BPR(), TrainingOptions(**options), None, NullObserver())
    layer = (head or Continuous()).build(module.dim, ctx)
    return train(module, layer, stage, ctx), before, module.ego().detach()


def test_a_step_moves_only_the_rows_that_it_has_read():
    lonely = Interactions.from_pairs([0, 1], [0, 1], 30, 20)  # two users, two items, and 46 nodes without neighbours
    _, before, after = trained(LightGCN(dim=4, l2=0.1), lonely, fan_outs="2x2", epochs=1, batch_size=2)
    moved = set((before != after).any(dim=1).nonzero()[:, 0].tolist())
    known, negatives = {0, 1, 30, 31}, moved - {0, 1, 30, 31}
    assert known <= moved
    assert 1 <= len(negatives) <= 2
    assert min(negatives) >= 30


def test_with_all_neighbours_drawn_losses_are_those_of_the_whole_graph():
    options = {"epochs": 3, "batch_size": 1000, "lr": 0.01}
    whole, _, _ = trained(Sage(dim=8), islands(), **options)
    sampled, _, _ = trained(Sage(dim=8), islands(), fan_outs="100", **options)
    for full, drawn in zip(whole.history, sampled.history, strict=True):
        assert full.loss == pytest.approx(drawn.loss, rel=1e-3)


def test_it_is_the_same_whatever_the_threads():
    runs = [trained(Sage(dim=16), islands(), threads, GuidedSTE(8), fan_outs="2x2", epochs=3)[0] for threads in (1, 3)]
    assert torch.equal(runs[0].embeddings, runs[1].embeddings)
    assert [epoch.loss for epoch in runs[0].history] == [epoch.loss for epoch in runs[1].history]


def test_it_learns():
    interactions = islands()
    result, _, _ = trained(Sage(dim=16), interactions, fan_outs="2x2", epochs=60, batch_size=16, lr=0.02)
    users, items = result.embeddings[:24], result.embeddings[24:]
    scores = users @ items.T
    known = np.zeros((24, 18), bool)
    known[interactions.users(), interactions.indices] = True
    for user_scores, is_known in zip(scores, known, strict=True):
        assert user_scores[is_known].min() > user_scores[~is_known].max()


def test_an_encoder_that_cannot_says_so():
    class Plain(torch.nn.Module):
        dim, l2 = 4, 0.0

        def ego(self):
            return torch.zeros(42, 4)

    ctx = RunContext()
    stage = Stage("joint", islands(), BPR(), TrainingOptions(fan_outs="5"), None, NullObserver())
    with pytest.raises(BadParameter, match="cannot be trained on samples of neighbourhoods"):
        train(Plain(), Continuous().build(4, ctx), stage, ctx)


def test_a_restored_trainer_makes_the_same_steps():
    def trainer():
        ctx = RunContext(seed=3)
        encoder = MF(dim=8).build(BipartiteGraph(islands()), ctx)
        stage = Stage("joint", islands(), BPR(), TrainingOptions(batch_size=16), None, NullObserver())
        return Trainer(encoder, GuidedSTE(8).build(8, ctx), stage, ctx)

    first, second = trainer(), trainer()
    first.epoch(1)
    second.restore(copy.deepcopy(first.resume_point()))
    assert first.epoch(2) == second.epoch(2)
    assert torch.equal(first.embed()[0], second.embed()[0])
    assert first.progress == second.progress > 0
