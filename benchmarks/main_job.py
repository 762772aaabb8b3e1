"""How long the main job takes and how much memory it holds: each figure a process of its own, from start to table.

    python benchmarks/main_job.py [--repeats 5] [--ml-1m]

Prints Markdown. Run it on an idle machine; `--ml-1m` needs the data set (HASHBENCH_DATA) and some minutes.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time

from hashbench.pipeline.environment import machine

HEAD = ["run", "--encoder", "sage", "--head", "guided_ste"]


def timed(*arguments: str) -> tuple[float, float]:
    """Return wall-clock seconds and peak GiB of one process."""
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "hashbench", *arguments], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    if status:
        sys.exit(f"hashbench {' '.join(arguments)} failed")
    return seconds, usage.ru_maxrss / 2**20


def row(name: str, target: str, repeats: int, *arguments: str) -> str:
    """Run a command several times and describe the median."""
    runs = [timed(*arguments) for _ in range(repeats)]
    seconds, memory = (statistics.median(values) for values in zip(*runs, strict=True))
    return f"| `{name}` | {seconds:.2f} s | {memory:.2f} GiB | {target} | {repeats} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--ml-1m", action="store_true", dest="ml_1m")
    options = parser.parse_args()
    this_machine = machine("cpu", os.cpu_count() or 1)
    memory, load = f"{this_machine.memory_bytes / 2**30:.0f} GiB", f"load {this_machine.load_before:.2f}"
    print(f"{this_machine.cpu}, {this_machine.cores} cores, {memory}, {this_machine.system}, {load}\n")
    print("| command | median time | peak memory | wanted | runs |\n| --- | ---: | ---: | --- | ---: |")
    print(row("hashbench --help", "< 0.2 s", 4 * options.repeats, "--help"), flush=True)
    with tempfile.TemporaryDirectory() as out:
        synthetic = [*HEAD, "--dataset", "synthetic", "--out", out]
        print(row("hashbench run … synthetic", "< 60 s", options.repeats, *synthetic), flush=True)
        if options.ml_1m:
            ml_1m = [*HEAD, "--dataset", "ml-1m", "--out", out]
            print(row("hashbench run … ml-1m", "< 600 s, < 3 GiB", 1, *ml_1m), flush=True)


if __name__ == "__main__":
    main()
