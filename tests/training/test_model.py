"""A batch's loss: the objective on relaxed codes, and on the encoder's own embeddings beside it."""

import numpy as np
import pytest
import torch

from hashbench.components.encoders.mf import MF
from hashbench.components.heads.guided_ste import GuidedSTE
from hashbench.components.objectives.bpr import BPR
from hashbench.components.objectives.softmax import Softmax
from hashbench.data.interactions import Interactions
from hashbench.graph.bipartite import BipartiteGraph
from hashbench.observers import NullObserver
from hashbench.protocols import RunContext
from hashbench.training.options import TrainingOptions
from hashbench.training.sampling import sample_epoch
from hashbench.training.stage import Stage
from hashbench.training.trainer import Trainer

CTX = RunContext(seed=2)
TRAIN = Interactions.from_pairs([0, 0, 1, 2, 2, 3], [0, 1, 2, 3, 4, 0], 4, 6)


def trainer(weight, objective):
    encoder = MF(dim=8, l2=0.0).build(BipartiteGraph(TRAIN), CTX)
    options = TrainingOptions(embedding_loss_weight=weight, batch_size=6)
    return Trainer(
        encoder, GuidedSTE(16).build(8, CTX), Stage("joint", TRAIN, objective, options, None, NullObserver()), CTX
    )


def loss(trainer, batch):
    return trainer.model(batch, 0.0, trainer.noise_rng).item()


@pytest.mark.parametrize("objective", [BPR(2), Softmax(4), Softmax(4, cosine=False)], ids=str)
def test_the_loss_is_that_of_the_codes_and_the_weighted_one_of_the_embeddings(objective):
    (batch,) = sample_epoch(TRAIN, objective, 6, np.random.default_rng(0))
    without, joint = trainer(0.0, objective), trainer(0.7, objective)
    table = joint.model.encoder.embedding
    table = torch.nn.functional.normalize(table, dim=-1) if objective.cosine else table
    users, items = table[:4], table[4:]
    scores = users @ items.T
    rows = torch.from_numpy(batch.users)
    positive = scores[rows, torch.from_numpy(batch.positives)]
    if objective.shares_negatives:
        negative = scores[rows][:, batch.negatives].masked_fill(torch.from_numpy(batch.interacted_mask), -torch.inf)
    else:
        negative = scores[rows[:, None], torch.from_numpy(batch.negatives)]
    expected = loss(without, batch) + 0.7 * objective.loss(positive, negative).item()
    assert loss(joint, batch) == pytest.approx(expected, rel=1e-5)


def test_the_embeddings_for_re_ranking_are_the_encoders():
    embeddings, hasher = trainer(0.7, BPR()).embed()
    rows = embeddings.numpy()[:4]
    assert hasher.hash_users(rows).embeddings is rows
    assert hasher.hash_items(rows).embeddings is rows
    _, plain = trainer(0.0, BPR()).embed()
    assert plain.hash_users(rows).embeddings.shape == (4, 16)
    assert np.array_equal(plain.hash_users(rows).codes.packed, hasher.hash_users(rows).codes.packed)
