"""`hashbench run`: trains one model and searches it by each retriever."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from hashbench.cli.options import TrainingCommand, lengths, out, seed, table_or_json, threads, training_place
from hashbench.pipeline.defaults import OBJECTIVE, RETRIEVERS, SPLIT


@click.command(cls=TrainingCommand)
@click.option("--system", metavar="SYSTEM", help="A paper's encoder, head and objective, such as hashgnn_sp.")
@click.option("--encoder", metavar="ENCODER", help="Encoder, such as sage or lightgcn:layers=3.")
@click.option("--head", metavar="HEAD", help="Hash head, such as guided_ste:bits=64, or continuous.")
@click.option("--dataset", required=True, metavar="DATASET", help="Data set: ml-1m, synthetic, file:path=log.csv, ….")
@click.option("--split", default=SPLIT, show_default=True, help="Split: ratio:train=0.7, published or leave_one_out.")
@click.option(
    "--objective", help=f"Loss: bpr, softmax or hashgnn. [default: that of the system, otherwise {OBJECTIVE}]"
)
@click.option(
    "--retriever",
    "retrievers",
    multiple=True,
    metavar="RETRIEVER",
    help="Retriever, such as hierarchical:candidates=200; may be repeated. A list of numbers (candidates=100,200) is "
    f"one retriever each. [default: those of {', '.join(RETRIEVERS)} that fit the head, and the head's own]",
)
@click.option(
    "--train-head",
    type=click.Choice(["joint", "post_hoc"]),
    help="Train the hash head with the encoder, or afterwards on frozen embeddings. [default: joint, if the head can]",
)
@lengths
@seed("split, weights, samples and ties")
@threads("training and batch search")
@training_place
@out
@click.option("--reuse-model", is_flag=True, help="Use the codes that an earlier run of this model left in --out.")
@click.option("--dask", metavar="ADDRESS", help="Distribute the items over a Dask cluster, such as tcp://host:8786.")
@table_or_json
def run(
    system: str | None,
    encoder: str | None,
    head: str | None,
    dataset: str,
    split: str,
    objective: str | None,
    retrievers: tuple[str, ...],
    train_head: str | None,
    ks: list[int],
    seed: int,
    device: str,
    threads: int | None,
    data_dir: Path | None,
    skip_bad_rows: bool,
    out: Path,
    reuse_model: bool,
    dask: str | None,
    style: str,
    **training: Any,
) -> None:
    """Train a model and search it by retrievers.

    Each retriever's search is scored, timed and recorded.

    Parameters of a component follow a colon: guided_ste:bits=64,p_end=0.1 (see hashbench describe guided_ste).
    """
    from hashbench.cli.run_progress import RunProgress
    from hashbench.pipeline.launch import LaunchOptions, launch
    from hashbench.pipeline.plan import RunPlan
    from hashbench.process_group import ProcessGroup

    plan = RunPlan.from_specs(
        dataset=dataset,
        system=system,
        encoder=encoder,
        head=head,
        split=split,
        objective=objective,
        retrievers=retrievers or None,
        train_head=train_head,
        training={name: value for name, value in training.items() if value is not None},
        seed=seed,
        ks=ks,
    )
    options = LaunchOptions(
        device=device,
        threads=threads,
        data_dir=data_dir,
        skip_bad_rows=skip_bad_rows,
        out=out,
        reuse_model=reuse_model,
        dask=dask,
    )
    with RunProgress() as progress:
        records = launch(plan, options, progress)
    if not ProcessGroup.from_environment().is_main:
        return
    if style == "json":
        import json

        from hashbench.results.record_json import as_json

        click.echo(json.dumps([as_json(record) for record in records], indent=2, ensure_ascii=False))
    else:
        from hashbench.cli.compare import print_comparison

        print_comparison(records)
        click.echo(f"\n{len(records)} records in {out}/  (hashbench compare {out}/)", err=True)
