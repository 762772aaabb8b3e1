"""What each process of test_together.py runs: a training, whose losses and embeddings the first one writes."""

import sys

import numpy as np
import torch

from hashbench.data.interactions import Interactions
from hashbench.encoders.lightgcn import LightGCN
from hashbench.graph.bipartite import BipartiteGraph
from hashbench.heads.continuous import Continuous
from hashbench.objectives.bpr import BPR
from hashbench.objectives.softmax import Softmax
from hashbench.protocols import HashLayer, NodeEncoder, RunContext
from hashbench.silence import Silent
from hashbench.training.loop import Loop, Stage, Trained, Validation, train
from hashbench.training.options import TrainingOptions
from hashbench.training.sampling import sample_epoch
from hashbench.world import World

RATES = [0.1, 0.3, 0.2, 0.1, 0.1]


def prepared(objective: str, fan_outs: str, world: World) -> tuple[NodeEncoder, HashLayer, Stage, RunContext]:
    """Return a model without noise and its stage; only the first process is to be asked for a validation."""
    ctx = RunContext(seed=4, world=world)
    rng = np.random.default_rng(0)
    graph = BipartiteGraph(Interactions.from_pairs(*np.nonzero(rng.random((30, 20)) < 0.3), 30, 20))
    told = iter(RATES)

    def validate(embeddings: object, hasher: object) -> Validation:
        assert world.first
        return Validation(hr=next(told), auc=0.5)

    options = TrainingOptions(epochs=10, patience=3, batch_size=37, lr=0.01, fan_outs=fan_outs)
    chosen = {"bpr": BPR(), "softmax": Softmax(negatives=8)}[objective]
    stage = Stage("joint", graph.interactions, chosen, options, validate, Silent())
    encoder = LightGCN(dim=8, l2=0.01).build(graph, ctx)
    return encoder, Continuous().build(8, ctx), stage, ctx


def training(objective: str, fan_outs: str, world: World) -> Trained:
    """Train it."""
    return train(*prepared(objective, fan_outs, world))


def gradient(objective: str, fan_outs: str, world: World) -> tuple[float, torch.Tensor]:
    """Return the loss and the gradient of the first batch, of 37 interactions."""
    loop = Loop(*prepared(objective, fan_outs, world))
    batch = next(sample_epoch(loop.stage.train, loop.stage.objective, 37, loop.samples))
    if loop.together is not None:
        loss = loop.together.backward(batch, 0.0, loop.noise, 0)
    else:
        loss = loop.model(batch, 0.0, loop.noise)
        loss.backward()
    return float(loss.detach()), loop.model.encoder.ego().grad.to_dense()


if __name__ == "__main__":
    objective, fan_outs, file = sys.argv[1:]
    world = World.of_environment()
    with world.joined("cpu"):
        result = training(objective, fan_outs, world)
        first = gradient(objective, fan_outs, world)
        if world.first:
            losses = [one.loss for one in result.curve]
            torch.save({"losses": losses, "embeddings": result.embeddings, "first": first}, file)
