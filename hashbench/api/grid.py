"""`hashbench.grid`: an experiment run from Python."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hashbench.grids.run import GridOptions, run_grid
from hashbench.pipeline import defaults
from hashbench.reporting.record_list import RecordList

if TYPE_CHECKING:
    from hashbench.grids.run import GridObserver


def grid(
    experiment: str | Path | Mapping[str, Any],
    *,
    out: str | Path = defaults.RESULTS,
    jobs: int = 1,
    threads: int | None = None,
    scheduler: str | None = None,
    resources: Mapping[str, float] | None = None,
    device: str = defaults.DEVICE,
    data_dir: str | Path | None = None,
    skip_bad_rows: bool = False,
    retry_failed: bool = False,
    observer: GridObserver | None = None,
) -> RecordList:
    """Run what is missing of a grid, and return the records of all its runs, failed ones among them.

    The same call continues after any interruption. Models train in processes of their own, so a script calls this
    under `if __name__ == "__main__":`.

    Args:
        experiment: The path of an experiment file (TOML), or its tables as a mapping: `{"axes": {"dataset": …}}`.
        out: The results folder; runs that have a record there are done.
        jobs: Models that are trained at a time.
        threads: Threads of all of them together; all cores by default.
        scheduler: Address of a Dask scheduler, whose workers train the models.
        resources: What a Dask worker must have, such as `{"GPU": 1}`.
        device: "auto", "cpu", "cuda" or "cuda:0".
        data_dir: The folder in which data sets are looked for first.
        skip_bad_rows: Leave bad rows of files out instead of refusing them.
        retry_failed: Run again what failed before.
        observer: Receives the events of the grid.

    Raises:
        HashbenchError: The experiment is wrong, data are missing, nothing can be written, or the grid is interrupted.
    """
    options = GridOptions(
        out=Path(out),
        jobs=jobs,
        threads=threads,
        scheduler=scheduler,
        resources=resources or {},
        device=device,
        data_dir=None if data_dir is None else Path(data_dir),
        skip_bad_rows=skip_bad_rows,
        retry_failed=retry_failed,
    )
    return RecordList(run_grid(experiment, options, observer).records)
