"""Cost of grids beside the training: overhead per cell, two jobs against one, the second call, large results folders.

    python benchmarks/grid.py [--cells 40] [--repeats 3]

Prints Markdown. Run it on an idle machine with at least two cores.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from hashbench.pipeline.environment import machine
from hashbench.results.store import ResultsFolder

QUICK = Path(__file__).parents[1] / "experiments" / "quick.toml"
TINY = "synthetic:users=60,items=80,interactions=1500"
CELLS = """
[axes]
dataset = "{data}"
encoder = "mf:dim=8"
head = "lsh:bits=8"
seed = {seeds}

[training]
epochs = 1

[search]
retriever = "hamming"
k = 5
"""
LOOP = """
import sys
import hashbench
for seed in range(int(sys.argv[1])):
    hashbench.run(dataset="{data}", encoder="mf:dim=8", head="lsh:bits=8", seed=seed, epochs=1, retrievers="hamming",
                  k=5, threads=1, out=sys.argv[2])
"""


def timed(arguments: Sequence[str]) -> float:
    """Return the wall-clock seconds of a process."""
    start = time.perf_counter()
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, *arguments], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(arguments)} failed: {done.stderr}")
    return time.perf_counter() - start


def hashbench(*arguments: object) -> float:
    return timed(["-m", "hashbench", *map(str, arguments)])


def grid_of_cells(n: int, folder: Path) -> float:
    file = folder / "cells.toml"
    file.write_text(CELLS.format(data=TINY, seeds=list(range(n))))
    return hashbench("grid", file, "--out", folder / "grid", "--threads", 1)


def loop_of_cells(n: int, folder: Path) -> float:
    return timed(["-c", LOOP.format(data=TINY), str(n), str(folder / "loop")])


def per_cell(measure: object, n: int) -> float:
    """Return seconds per cell: the slope between n and 3 n cells, which leaves out the start."""
    times = []
    for cells in (n, 3 * n):
        with tempfile.TemporaryDirectory() as folder:
            times.append(measure(cells, Path(folder)))  # type: ignore[operator]
    return (times[1] - times[0]) / (2 * n)


def many_records(folder: Path, n_records: int, n_users: int) -> None:
    """Write `n_records` records of one data set, ten seeds of each method, with values of `n_users` users."""
    loop_of_cells(1, folder)
    (record,) = ResultsFolder(folder / "loop").read_all()[0]
    out, rng = ResultsFolder(folder / "many"), np.random.default_rng(0)
    for number in range(n_records):
        method, seed = divmod(number, 10)
        spec = record.spec | {"encoder": f"mf:dim={method + 1}", "seed": seed}
        changes = {"run_id": f"{number:016x}", "model_id": f"{number:016x}", "spec": spec, "seed": seed}
        values = rng.random(n_users) if n_users else np.empty(0)
        metrics = {"hr@5": float(values.mean()) if n_users else 0.3 + number / 1e5}
        copied = record.model_copy(update=changes | {"metrics": metrics, "ties": {}})
        out.write(copied, {"hr@5": values.astype(np.float32)} if n_users else {})


def median(measure: object, repeats: int) -> float:
    return statistics.median(measure() for _ in range(repeats))  # type: ignore[operator]


def row(what: str, value: str, aim: str) -> None:
    print(f"| {what} | {value} | {aim} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cells", type=int, default=40)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    this_machine = machine("cpu", os.cpu_count() or 1)
    memory = f"{this_machine.memory_bytes / 2**30:.0f} GiB"
    print(f"{this_machine.cpu}, {this_machine.cores} cores, {memory}, {this_machine.system}, ", end="")
    print(f"load {this_machine.load_before:.2f}; medians of {options.repeats}\n")
    print("| what | measured | aim |\n| --- | ---: | --- |", flush=True)

    pairs = [(per_cell(grid_of_cells, options.cells), per_cell(loop_of_cells, options.cells))
             for _ in range(options.repeats)]  # fmt: skip
    grid_seconds, loop_seconds = (statistics.median(values) for values in zip(*pairs, strict=True))
    overhead = statistics.median(in_grid - in_loop for in_grid, in_loop in pairs)
    row("a cell of a grid, and the same run in a loop of `hashbench.run`",
        f"{1000 * grid_seconds:.0f} and {1000 * loop_seconds:.0f} ms", "")  # fmt: skip
    row("overhead of the grid per cell", f"{1000 * overhead:.0f} ms", "< 50 ms")

    times: dict[int, list[float]] = {1: [], 2: []}
    second = 0.0
    for _ in range(options.repeats):
        for jobs, measured in times.items():
            with tempfile.TemporaryDirectory() as folder:
                grid = ("grid", QUICK, "--out", folder, "--jobs", jobs, "--threads", jobs)
                measured.append(hashbench(*grid))
                second = median(lambda grid=grid: hashbench(*grid), 3)
    one_job, two_jobs = (statistics.median(measured) for measured in times.values())
    row("`experiments/quick.toml` with `--jobs 1` and `--jobs 2`, one thread each",
        f"{one_job:.0f} and {two_jobs:.0f} s", "")  # fmt: skip
    row("cells per hour with two jobs over one", f"{one_job / two_jobs:.2f}×", "≥ 1.6×")
    row("its second call", f"{second:.1f} s", "< 3 s")

    for n_records, n_users, arguments, what, aim in (
        (1000, 0, ("compare",), "`compare` of 1,000 records", "< 3 s"),
        (130, 30_000, ("compare", "--test"), "`compare --test`, 13 methods of 10 seeds, 30,000 users", "< 20 s"),
        (10_000, 0, ("results", "list"), "`results list` of 10,000 records", "< 2 s"),
    ):
        with tempfile.TemporaryDirectory() as folder:
            many_records(Path(folder), n_records, n_users)
            command = (*arguments, Path(folder) / "many")
            hashbench(*command)  # makes the index
            row(what, f"{median(lambda command=command: hashbench(*command), options.repeats):.1f} s", aim)


if __name__ == "__main__":
    main()
