"""`hashbench run`: one model, searched by each retriever."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from hashbench.cli.options import training_place


@click.command()
@click.option("--system", metavar="SYSTEM", help="Encoder, head and objective of a paper, such as hashgnn_sp.")
@click.option("--encoder", metavar="ENCODER", help="Such as sage or lightgcn:layers=3.")
@click.option("--head", metavar="HEAD", help="Hash head, such as guided_ste:bits=64, or continuous.")
@click.option("--dataset", required=True, metavar="DATASET", help="Such as ml-1m, synthetic or file:path=log.csv.")
@click.option(
    "--split", default="ratio", show_default=True, help="ratio:train=0.7,valid=0.1, published or leave_one_out."
)
@click.option("--objective", help="bpr, softmax or hashgnn, the loss. [default: the system's, or bpr]")
@click.option(
    "--retriever",
    "retrievers",
    multiple=True,
    metavar="RETRIEVER",
    help="Such as hierarchical:candidates=200; may be repeated, and a list of numbers (candidates=100,200) is one "
    "retriever each. By default continuous, hierarchical and hamming, as "
    "far as they fit the head, and the one that the head is made for.",
)
@click.option(
    "--train-head",
    type=click.Choice(["joint", "post_hoc"]),
    help="Train the hash head with the encoder (default where the head can) or after it, the encoder frozen.",
)
@click.option("--k", "ks", default="50,100", show_default=True, metavar="K,K,…", help="Lengths of the rankings scored.")
@click.option("--seed", default=0, show_default=True, help="Of the split, the weights, the samples and the ties.")
@click.option("--epochs", type=int, help="Passes over the training interactions. [default: 60]")
@click.option("--batch-size", type=int, help="Interactions a step. [default: 8192]")
@click.option("--lr", type=float, help="Learning rate of Adam. [default: 0.01]")
@click.option(
    "--patience",
    type=int,
    help="Epochs without a better validation before stopping; a head that anneals goes on. [default: 10]",
)
@click.option("--valid-k", type=int, help="k of the validation HR@k. [default: 50]")
@click.option(
    "--precision",
    type=click.Choice(["float32", "bfloat16"]),
    help="Of what nodes hand on in a propagation. [default: float32]",
)
@click.option("--fan-outs", help="Neighbours drawn of a node, such as 10x5, for large graphs. [default: all]")
@click.option("--embedding-loss-weight", type=float, help="Of the loss on the encoder's own embeddings. [default: 0]")
@click.option("--threads", type=int, help="Threads for training and batch search. [default: all cores]")
@training_place
@click.option("--out", default="results", show_default=True, type=click.Path(path_type=Path), help="Results folder.")
@click.option("--reuse-model", is_flag=True, help="Take the codes that an earlier run of this model kept in --out.")
@click.option("--dask", metavar="ADDRESS", help="Spread the items over a Dask cluster, such as tcp://host:8786.")
@click.option("--format", "style", type=click.Choice(["table", "json"]), default="table", show_default=True)
def run(
    system: str | None,
    encoder: str | None,
    head: str | None,
    dataset: str,
    split: str,
    objective: str | None,
    retrievers: tuple[str, ...],
    train_head: str | None,
    ks: str,
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
    """Train one model, search it by each retriever, and write one record each.

    A component takes parameters after a colon: guided_ste:bits=64,p_end=0.1 (see hashbench describe guided_ste).
    """
    from hashbench.pipeline.launch import launch
    from hashbench.cli.progress import Progress
    from hashbench.process_group import ProcessGroup

    with Progress() as progress:
        records = launch(
            system=system,
            encoder=encoder,
            head=head,
            dataset=dataset,
            split=split,
            objective=objective,
            retrievers=retrievers or None,
            train_head=train_head,
            k=_lengths(ks),
            seed=seed,
            device=device,
            threads=threads,
            data_dir=data_dir,
            skip_bad_rows=skip_bad_rows,
            out=out,
            reuse_model=reuse_model,
            dask=dask,
            observer=progress,
            **{name: value for name, value in training.items() if value is not None},
        )
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


def _lengths(text: str) -> list[int]:
    from hashbench.errors import BadParameter

    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise BadParameter(f"--k must be whole numbers with commas between, such as 50,100; got '{text}'") from None
