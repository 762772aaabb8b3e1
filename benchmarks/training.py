"""What training costs: propagation by each backend, LightGCN's step and its authors' code, evaluation, a hash head.

    python benchmarks/training.py --data-dir FOLDER [--peer CHECKOUT] [--threads 2]

Prints Markdown. CHECKOUT is a copy of LightGCN-PyTorch, its authors' code, with its data/gowalla; without it our half
is printed alone. Steps of ours come in turn, theirs after them in a process of its own. Run it on an idle machine.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click
import numpy as np
import torch
from timing import Contender, Cost, Report, in_turn, ratio

from hashbench.components.metrics import HR, NDCG
from hashbench.components.retrievers.continuous import Continuous
from hashbench.data.interactions import Interactions
from hashbench.data.split import InteractionSplit
from hashbench.evaluation.ranking import Task, rank_users, score
from hashbench.graph.bipartite import BipartiteGraph
from hashbench.graph.propagation import Adjacency
from hashbench.observers import NullObserver
from hashbench.pipeline.environment import usable_cores
from hashbench.pipeline.plan import RunPlan
from hashbench.protocols import Hashed, LoadContext, RunContext, TrainableEncoder, TrainableHead
from hashbench.training.sampling import Batch, sample_epoch
from hashbench.training.stage import Stage
from hashbench.training.trainer import Trainer

AUTHORS, HASHED_BATCH, EVALUATIONS, THEIR_EVALUATIONS = "its authors' code", 8192, 5, 3
PEER = """
import json, sys, time
steps, batch, threads, evaluations = map(int, sys.argv[1:5])
sys.argv = ["main.py"]
import numpy as np, torch
torch.set_num_threads(threads)
import world
world.config |= {"bpr_batch_size": batch, "latent_dim_rec": 64, "lightGCN_n_layers": 3, "decay": 1e-4, "lr": 0.001}
world.topks, world.tensorboard = [20, 50, 100], False
import dataloader, model, Procedure, utils
data = dataloader.Loader(path="../data/gowalla")
net = model.LightGCN(world.config, data)
loss = utils.BPRLoss(net, world.config)
start = time.perf_counter()
samples = torch.from_numpy(np.array(utils.UniformSample_original(data))).long()
sampling = time.perf_counter() - start
seconds = []
for step in range(steps + 3):
    part = samples[step * batch : (step + 1) * batch]
    start = time.perf_counter()
    loss.stageOne(*part.T)
    seconds.append(time.perf_counter() - start)
tests = []
for _ in range(evaluations):
    start = time.perf_counter()
    Procedure.Test(data, net, 0)
    tests.append(time.perf_counter() - start)
print("RESULT", json.dumps({"sampling": sampling, "steps": seconds[3:], "evaluations": tests}))
"""


def product(adjacency: Adjacency, train: Interactions) -> Callable[[], object]:
    """Return a function that sums over neighbours."""
    x = torch.randn(train.n_users + train.n_items, 64)
    source, out = adjacency.workspace(0, x).copy_(x), adjacency.workspace(1, x)
    return lambda: adjacency.product(source, out)


def stepper(plan: RunPlan, train: Interactions, ctx: RunContext) -> Callable[[], float]:
    """Return a function that trains on one more batch."""
    assert isinstance(plan.encoder, TrainableEncoder)
    assert isinstance(plan.head, TrainableHead)
    encoder = plan.encoder.build(BipartiteGraph(train, ctx.device, ctx.threads, plan.training.precision), ctx)
    stage = Stage("joint", train, plan.objective, plan.training, None, NullObserver())
    trainer = Trainer(encoder, plan.head.build(encoder.dim, ctx), stage, ctx)

    def batches() -> Iterator[Batch]:
        while True:
            yield from sample_epoch(train, plan.objective, plan.training.batch_size, trainer.sample_rng)

    batch_stream = batches()
    return lambda: trainer.step(next(batch_stream))


def evaluation(split: InteractionSplit, ctx: RunContext) -> Callable[[], object]:
    """Return a function that ranks all items for all users by embeddings of 64 values, and judges the rankings."""
    rng, sizes = np.random.default_rng(0), (split.test.n_users, split.test.n_items)
    users, items = (Hashed(None, rng.standard_normal((n, 64), np.float32)) for n in sizes)
    search = Task.shuffled(split.seen, split.test, rng).search(users, items)
    index = Continuous().build(search.items, ctx)
    return lambda: score(rank_users(index, search, 100), [HR(), NDCG()], [20, 50, 100])


def authors(checkout: Path, steps: int, batch: int, threads: int) -> dict[str, Any]:
    """Return the seconds of the authors' steps, sampling of an epoch, and evaluations, in a process of its own."""
    words = [sys.executable, "-c", PEER, *map(str, (steps, batch, threads, THEIR_EVALUATIONS))]
    process = subprocess.run(words, cwd=checkout / "code", capture_output=True, text=True, check=False)
    result_lines = [line for line in process.stdout.splitlines() if line.startswith("RESULT ")]
    if not result_lines:
        sys.exit(f"the code in {checkout} failed: {' '.join(process.stderr.strip().splitlines()[-1:])}")
    seconds: dict[str, Any] = json.loads(result_lines[0].removeprefix("RESULT "))
    return seconds


@click.command()
@click.option("--dataset", default="gowalla", show_default=True, help="One with a published split.")
@click.option("--data-dir", type=click.Path(path_type=Path), help="Where it is looked for first.")
@click.option("--peer", type=click.Path(path_type=Path), metavar="CHECKOUT", help="A copy of LightGCN-PyTorch.")
@click.option("--batch", type=click.IntRange(1), default=2048, show_default=True, help="Interactions a step.")
@click.option("--threads", type=click.IntRange(1), default=usable_cores(), show_default=True)
@click.option("--repeats", type=click.IntRange(1), default=30, show_default=True, help="Turns of each.")
@click.option("--format", "style", type=click.Choice(["markdown", "json"]), default="markdown")
def main(
    dataset: str, data_dir: Path | None, peer: Path | None, batch: int, threads: int, repeats: int, style: str
) -> None:
    """Measure a propagation by each backend, LightGCN beside its authors' code, an evaluation, and a hash head."""
    torch.set_num_threads(threads)
    ctx = RunContext(0, "cpu", threads)

    def plan(encoder: str, head: str, batch: int, **training: object) -> RunPlan:
        options = {"batch_size": batch, **training}
        return RunPlan.from_specs(
            dataset=dataset, encoder=encoder, head=head, split="published:valid=0", training=options
        )

    lightgcn = "lightgcn:layers=3,l2=0.0001"
    plans = {
        "float32": plan(lightgcn, "continuous", batch, lr=0.001),
        "bfloat16": plan(lightgcn, "continuous", batch, lr=0.001, precision="bfloat16"),
        "no head": plan("sage", "continuous", HASHED_BATCH),
        "guided_ste, 32 bits": plan("sage", "guided_ste", HASHED_BATCH),
    }
    first = plans["float32"]
    split = first.split.split(first.dataset.load(LoadContext(data_dir, notes=NullObserver())), ctx)
    train = split.train
    report = Report(style)

    report.section("Propagation", f"{dataset}: {2 * len(train):,} directed edges, 64 values a node.")
    backends = {
        "compiled": Adjacency(train, threads=threads),
        "compiled, bfloat16": Adjacency(train, threads=threads, precision="bfloat16"),
        "torch CSR, int32": Adjacency(train, backend="torch"),
    }
    if find_spec("dgl") is None:
        report.note("dgl is not installed.")
    else:
        backends["dgl copy_u_sum"] = Adjacency(train, backend="dgl")
    costs = in_turn(
        [Contender(name, [product(backend, train)], 1, threads, threads) for name, backend in backends.items()], repeats
    )
    for name, cost in costs.items():
        against = ratio(cost.seconds, costs["compiled"].seconds)
        report.row({"backend": name, "ms": cost.us / 1e3, "× compiled": against, "spread %": 100 * cost.spread})

    steps = [Contender(name, [stepper(plan, train, ctx)], 1, threads, threads) for name, plan in plans.items()]
    costs = in_turn(steps, repeats)
    start = time.perf_counter()
    n_steps = sum(1 for _ in sample_epoch(train, first.objective, batch, np.random.default_rng(0)))
    sampling = time.perf_counter() - start
    epochs = {name: (costs[name], sampling) for name in ("float32", "bfloat16")}
    evaluations = in_turn([Contender("float search", [evaluation(split, ctx)], threads=threads)], EVALUATIONS)
    if peer is not None:
        seconds = authors(peer, repeats, batch, threads)
        evaluations[AUTHORS] = Cost.of(np.array(seconds["evaluations"])[:, None], 1)
        epochs[AUTHORS] = Cost.of(np.array(seconds["steps"])[:, None], 1), seconds["sampling"]
    report.section("LightGCN", f"3 layers, 64 values, BPR, batches of {batch:,}: {n_steps} steps an epoch.")
    for name, (cost, sampled) in epochs.items():
        epoch = cost.seconds * n_steps + sampled
        theirs = epochs[AUTHORS][0].seconds * n_steps + epochs[AUTHORS][1] if AUTHORS in epochs else None
        report.row(
            {
                "code": name,
                "a step, ms": cost.us / 1e3,
                "sampling, s": sampled,
                "an epoch, s": epoch,
                "× authors'": ratio(theirs, epoch),
                "spread %": 100 * cost.spread,
            }
        )

    report.section(
        "Full evaluation",
        f"{dataset}: every user, every item, seen items left out, recall and NDCG at 20, 50, 100. "
        "Ours begins with the embeddings; its authors' code propagates again for every 100 users.",
    )
    for name, cost in evaluations.items():
        against = ratio(evaluations[AUTHORS].seconds, cost.seconds) if AUTHORS in evaluations else None
        report.row({"code": name, "s": cost.seconds, "× authors'": against, "spread %": 100 * cost.spread})

    report.section("A hash head", f"sage, 2 layers, 64 values, BPR, batches of {HASHED_BATCH:,}.")
    for name in ("no head", "guided_ste, 32 bits"):
        against = ratio(costs[name].seconds, costs["no head"].seconds)
        values = {"head": name, "a step, ms": costs[name].us / 1e3, "× no head": against}
        report.row(values | {"spread %": 100 * costs[name].spread})
    report.end()


if __name__ == "__main__":
    main()
