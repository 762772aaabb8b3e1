"""Time and memory of a whole run as the data grow to the size of Alibaba's: 601,946 users × 4,167,708 items.

    python benchmarks/scale.py [--threads 2] [--parts 16,4,1] [--out FOLDER]

Each size is one run of `hashbench` in its own process: synthetic data, one epoch of sage and guided_ste with sampled
neighbours, and a search of all items for all users, by Hamming distance and hierarchically. Users, items and
interactions are divided by each of PARTS, so the search grows with the square of the size. Prints Markdown. Run it on
an idle machine; the whole size takes about an hour. What FOLDER has of the same number of threads is not run again.
"""

from __future__ import annotations

import argparse
import itertools
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from hashbench.pipeline.environment import usable_cores
from hashbench.results.record import RunRecord
from hashbench.results.store import ResultsFolder

USERS, ITEMS, INTERACTIONS = 601_946, 4_167_708, 28_489_957
RETRIEVERS = ("hamming", "hierarchical")
COMMON = ("load", "train", "inspect")
SEARCHED = ("index", "search", "score", "latency")
GIB = 1 << 30


def main() -> None:
    """Run each size and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=usable_cores())
    parser.add_argument("--parts", default="16,4,1", help="divisors of the size, the largest first")
    parser.add_argument("--out", type=Path, help="folder of the records, with one folder for each size")
    options = parser.parse_args()
    parts = [int(part) for part in options.parts.split(",")]
    with tempfile.TemporaryDirectory() as temporary:
        out = options.out or Path(temporary)
        records = [_records(part, options.threads, out / str(part)) for part in parts]
    print("\n".join(_lines(parts, records)))


def _records(part: int, threads: int, out: Path) -> list[RunRecord]:
    """Return the records of one size, in the order of the retrievers; run what is missing."""
    by_retriever = _done(out, threads)
    if not by_retriever.keys() >= set(RETRIEVERS):
        _run(part, threads, out)
        print(f"1/{part} of the size is done", file=sys.stderr)
        by_retriever = _done(out, threads)
    return [by_retriever[name] for name in RETRIEVERS]


def _done(out: Path, threads: int) -> dict[str, RunRecord]:
    """Return the records of a folder by retriever."""
    records = ResultsFolder(out).read_all()[0] if out.is_dir() else []
    return {
        record.retriever: record for record in records if record.status == "ok" and record.machine.threads == threads
    }


def _run(part: int, threads: int, out: Path) -> None:
    data = f"synthetic:users={USERS // part},items={ITEMS // part},interactions={INTERACTIONS // part}"
    command = [sys.executable, "-m", "hashbench", "run", "--encoder", "sage", "--head", "guided_ste"]
    command += ["--dataset", data, "--split", "ratio:valid=0", "--epochs", "1", "--fan-outs", "10x5"]
    command += [f"--retriever={name}" for name in RETRIEVERS] + ["--threads", str(threads), "--out", str(out)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _lines(parts: Sequence[int], by_part: Sequence[list[RunRecord]]) -> list[str]:
    machine = by_part[0][0].machine
    memory_gib = machine.memory_bytes / GIB
    lines = [f"{machine.cpu}, {machine.cores} cores, {machine.threads} threads, {memory_gib:.0f} GiB.", ""]
    lines.append("| phase | " + " | ".join(f"1/{part}, s | GiB" for part in parts) + " | growth, s |")
    lines.append("| --- |" + " ---: | ---: |" * len(parts) + " ---: |")
    rows = [(phase, phase, 0) for phase in COMMON]
    rows += [(f"{name}: {phase}", phase, index) for index, name in enumerate(RETRIEVERS) for phase in SEARCHED]
    for title, phase, index in rows:
        records = [records[index] for records in by_part]
        seconds = [record.phase_seconds[phase] for record in records]
        memory = [record.phase_memory_bytes[phase] / GIB for record in records]
        cells = [f"{time:.1f} | {size:.2f}" for time, size in zip(seconds, memory, strict=True)]
        growth = ", ".join(f"{larger / smaller:.1f}×" for smaller, larger in itertools.pairwise(seconds))
        lines.append(f"| {title} | " + " | ".join(cells) + f" | {growth} |")
    peaks = [f"{max(record.peak_memory_bytes or 0 for record in records) / GIB:.2f} GiB" for records in by_part]
    lines += ["", f"Peak memory: {', '.join(peaks)}. p50 of a query, ms: {_latency(by_part)}."]
    return lines


def _latency(by_part: Sequence[list[RunRecord]]) -> str:
    searches = [[record.latency for record in records if record.latency] for records in zip(*by_part, strict=True)]
    return "; ".join(
        f"{name} " + ", ".join(f"{latency.p50_ms:.3f}" for latency in latencies)
        for name, latencies in zip(RETRIEVERS, searches, strict=True)
    )


if __name__ == "__main__":
    main()
