"""`hashbench.run`: models trained and searched from Python."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hashbench.api.components import component_text
from hashbench.api.progress import progress_observer
from hashbench.errors import BadParameter
from hashbench.pipeline import defaults
from hashbench.pipeline.launch import LaunchOptions, launch
from hashbench.pipeline.plan import RunPlan
from hashbench.protocols import Dataset, Encoder, HashHead, Objective, Retriever, Splitter
from hashbench.registry.shelves import DATASETS, ENCODERS, HEADS, OBJECTIVES, RETRIEVERS, SPLITS, Kind
from hashbench.reporting.record_list import RecordList

if TYPE_CHECKING:
    import pandas as pd

    from hashbench.observers import RunObserver

AXES: dict[str, Kind[Any]] = {
    "dataset": DATASETS,
    "split": SPLITS,
    "encoder": ENCODERS,
    "head": HEADS,
    "objective": OBJECTIVES,
}
"""Arguments of which a list makes a grid, and the kinds of their components; `train_head` and `seed` are axes too."""


def run(
    *,
    dataset: str | Path | pd.DataFrame | Dataset | Sequence[Any],
    system: str | None = None,
    encoder: str | Encoder | Sequence[str | Encoder] | None = None,
    head: str | HashHead | Sequence[str | HashHead] | None = None,
    split: str | Splitter | Sequence[str | Splitter] = defaults.SPLIT,
    objective: str | Objective | Sequence[str | Objective] | None = None,
    retrievers: str | Retriever | Sequence[str | Retriever] | None = None,
    train_head: str | Sequence[str] | None = None,
    k: Iterable[int] | int = defaults.KS,
    seed: int | Sequence[int] = defaults.SEED,
    device: str = defaults.DEVICE,
    threads: int | None = None,
    data_dir: str | Path | None = None,
    skip_bad_rows: bool = False,
    out: str | Path | None = None,
    reuse_model: bool = False,
    dask: str | None = None,
    progress: bool | None = None,
    observer: RunObserver | None = None,
    **training: Any,
) -> RecordList:
    """Train models, search each by every retriever, and return one record per model and retriever.

    A component is text such as "guided_ste:bits=64" (`hashbench list` names all), or an object such as
    `GuidedSTE(bits=64)`. A list of them, of train heads or of seeds makes a grid: each combination is a model. All
    combinations are checked before the first one is trained.

    Args:
        dataset: A data set, the path of a file, or a data frame with a column of users and one of items.
        system: A published configuration (`hashbench list systems`), which gives the parts that are not given here.
        encoder: What embeds users and items.
        head: The hash head; "continuous" does not hash.
        split: What divides the interactions into training, validation and test.
        objective: The loss.
        retrievers: The searches; by default those of continuous, hierarchical and hamming that fit the head, and the
            one that the head is made for.
        train_head: "joint" trains the head with the encoder, "post_hoc" on its frozen embeddings.
        k: Lengths of the rankings that are scored.
        seed: Seeds the split, the weights, the samples and the order of ties.
        device: "auto", "cpu", "cuda" or "cuda:0".
        threads: Threads for training and batch search; all cores by default.
        data_dir: The folder in which data sets are looked for first.
        skip_bad_rows: Leave bad rows of a file out instead of refusing it.
        out: The folder that records, codes and embeddings are written to; without it nothing is written.
        reuse_model: Use a model of the same id that an earlier run wrote to `out`, or resume its training.
        dask: Address of a Dask scheduler, over whose workers the items are spread; latency is that of the whole.
        progress: Show the training's progress; by default in notebooks alone.
        observer: Receives the events of the run, in the place of a display.
        training: Fields of `hashbench.training.options.TrainingOptions`, such as `epochs=20`.

    Returns:
        The records. Of several processes that torchrun starts, the main one has them and the others none.

    Raises:
        HashbenchError: An argument is wrong, data are missing, or a run fails.
    """
    components = {"dataset": dataset, "split": split, "encoder": encoder, "head": head, "objective": objective}
    axes: dict[str, list[Any]] = {name: _texts(AXES[name], value, skip_bad_rows) for name, value in components.items()}
    axes |= {"train_head": _values(train_head), "seed": _values(seed)}
    searches = None if retrievers is None else [component_text(RETRIEVERS, search) for search in _values(retrievers)]
    plans: list[RunPlan] = []
    for combination in itertools.product(*axes.values()):
        specs = dict(zip(axes, combination, strict=True))
        plan = RunPlan.from_specs(system=system, retrievers=searches, ks=k, training=training, **specs)
        if plan not in plans:
            plans.append(plan)
    options = LaunchOptions(
        device=device,
        threads=threads,
        data_dir=data_dir,
        skip_bad_rows=skip_bad_rows,
        out=out,
        reuse_model=reuse_model,
        dask=dask,
    )
    records = RecordList()
    for plan in plans:
        records += launch(plan, options, observer or progress_observer(progress))
    return records


def _values(value: Any) -> list[Any]:
    """Return the values of an axis: those of a list or tuple, or the value alone."""
    if isinstance(value, list | tuple):
        if not value:
            raise BadParameter("a list of components or seeds is empty; leave the argument out for its default")
        return list(value)
    return [value]


def _texts(kind: Kind[Any], value: Any, skip_bad_rows: bool) -> list[str | None]:
    return [
        None if component is None else component_text(kind, _as_dataset(component, skip_bad_rows))
        for component in _values(value)
    ]


def _as_dataset(component: Any, skip_bad_rows: bool) -> Any:
    """Return the data set of a path or a data frame; anything else as it is."""
    if isinstance(component, Path):
        return f"file:path={component}"
    pandas = sys.modules.get("pandas")  # whoever has a data frame has imported it
    if pandas is not None and isinstance(component, pandas.DataFrame):
        from hashbench.components.datasets.frame import frame_dataset

        return frame_dataset(component, skip_bad_rows=skip_bad_rows)
    return component
