"""The Python interface: `hashbench.run(encoder="sage", head="guided_ste", dataset="ml-1m")`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hashbench.pipeline import defaults

if TYPE_CHECKING:
    from hashbench.observers import RunObserver
    from hashbench.results.record import RunRecord


def run(
    *,
    dataset: str,
    system: str | None = None,
    encoder: str | None = None,
    head: str | None = None,
    split: str = defaults.SPLIT,
    objective: str | None = None,
    retrievers: Sequence[str] | str | None = None,
    train_head: str | None = None,
    k: Iterable[int] | int = defaults.KS,
    seed: int = defaults.SEED,
    device: str = defaults.DEVICE,
    threads: int | None = None,
    data_dir: str | Path | None = None,
    skip_bad_rows: bool = False,
    out: str | Path | None = None,
    reuse_model: bool = False,
    dask: str | None = None,
    observer: RunObserver | None = None,
    **training: Any,
) -> list[RunRecord]:
    """Train one model, search it by each retriever, and return one record each.

    Encoder, head, objective and training are those of a `system` (`hashbench list systems`), where one is named, but
    for what is given beside it. Components are texts such as "guided_ste:bits=64" (`hashbench list` names them).
    `retrievers` are by default those of continuous, hierarchical and hamming that fit the head, and the one it is made
    for. `training` takes the fields of `hashbench.training.options.TrainingOptions`. With `out`, records are also
    written there, and the model's codes and embeddings kept; with `reuse_model` a model of the same id that was kept
    there is not trained again. `dask` is the address of a Dask scheduler, over whose workers the items are spread for
    the search; latency is that of the whole. Processes started by torchrun train one model together; the first of them
    has the records, the others none.
    Raises `hashbench.errors.HashbenchError`.
    """
    from hashbench.pipeline.launch import launch

    return launch(
        dataset=dataset,
        system=system,
        encoder=encoder,
        head=head,
        split=split,
        objective=objective,
        retrievers=retrievers,
        train_head=train_head,
        k=k,
        seed=seed,
        device=device,
        threads=threads,
        data_dir=data_dir,
        skip_bad_rows=skip_bad_rows,
        out=out,
        reuse_model=reuse_model,
        dask=dask,
        observer=observer,
        **training,
    )
