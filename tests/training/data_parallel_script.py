"""What each process of test_data_parallel.py runs: a training, whose losses and embeddings the main process writes."""

import sys

import numpy as np
import torch

from hashbench.components.encoders.lightgcn import LightGCN
from hashbench.components.heads.continuous import Continuous
from hashbench.components.objectives.bpr import BPR
from hashbench.components.objectives.softmax import Softmax
from hashbench.data.interactions import Interactions
from hashbench.graph.bipartite import BipartiteGraph
from hashbench.observers import NullObserver
from hashbench.process_group import ProcessGroup
from hashbench.protocols import HashLayer, NodeEncoder, RunContext
from hashbench.training.loop import train
from hashbench.training.options import TrainingOptions
from hashbench.training.sampling import sample_epoch
from hashbench.training.stage import Stage, Trained, Validation
from hashbench.training.trainer import Trainer

RATES = [0.1, 0.3, 0.2, 0.1, 0.1]


def prepared(
    objective: str, fan_outs: str, process_group: ProcessGroup
) -> tuple[NodeEncoder, HashLayer, Stage, RunContext]:
    """Return a model without noise and its stage; only the main process may be asked for a validation."""
    ctx = RunContext(seed=4, process_group=process_group)
    rng = np.random.default_rng(0)
    graph = BipartiteGraph(Interactions.from_pairs(*np.nonzero(rng.random((30, 20)) < 0.3), 30, 20))
    rates = iter(RATES)

    def validate(embeddings: object, hasher: object) -> Validation:
        assert process_group.is_main
        return Validation(hr=next(rates), auc=0.5)

    options = TrainingOptions(epochs=10, patience=3, batch_size=37, lr=0.01, fan_outs=fan_outs)
    chosen = {"bpr": BPR(), "softmax": Softmax(negatives=8)}[objective]
    stage = Stage("joint", graph.interactions, chosen, options, validate, NullObserver())
    encoder = LightGCN(dim=8, l2=0.01).build(graph, ctx)
    return encoder, Continuous().build(8, ctx), stage, ctx


def training(objective: str, fan_outs: str, process_group: ProcessGroup) -> Trained:
    """Train it."""
    return train(*prepared(objective, fan_outs, process_group))


def gradient(objective: str, fan_outs: str, process_group: ProcessGroup) -> tuple[float, torch.Tensor]:
    """Return the loss and the gradient of the first batch, of 37 interactions."""
    trainer = Trainer(*prepared(objective, fan_outs, process_group))
    batch = next(sample_epoch(trainer.stage.train, trainer.stage.objective, 37, trainer.sample_rng))
    loss = trainer.backward(batch)
    return float(loss.detach()), trainer.model.encoder.ego().grad.to_dense()


if __name__ == "__main__":
    objective, fan_outs, file = sys.argv[1:]
    process_group = ProcessGroup.from_environment()
    with process_group.initialized("cpu"):
        result = training(objective, fan_outs, process_group)
        first = gradient(objective, fan_outs, process_group)
        if process_group.is_main:
            losses = [epoch.loss for epoch in result.history]
            torch.save({"losses": losses, "embeddings": result.embeddings, "first": first}, file)
