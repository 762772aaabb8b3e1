"""Time and memory of a whole run as the data grow to the size of Alibaba's: 601,946 users × 4,167,708 items.

    python benchmarks/scale.py [--threads 2] [--parts 16,4,1] [--out FOLDER]

Each size is a run of `hashbench` in a process of its own: synthetic data, one epoch of sage and guided_ste by sampled
neighbours, all users' items searched by Hamming distance and hierarchically. Users, items and interactions are divided
by each of the parts, so that a search of all items for all users grows by the square. Prints Markdown. Run it on an
idle machine; the whole size takes about an hour. What is in FOLDER already, of as many threads, is not run again.
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
    parser.add_argument("--parts", default="16,4,1", help="what the size is divided by, the largest first")
    parser.add_argument("--out", type=Path, help="where records are kept, a folder for each size")
    given = parser.parse_args()
    parts = [int(part) for part in given.parts.split(",")]
    with tempfile.TemporaryDirectory() as passing:
        found = [_records(part, given.threads, (given.out or Path(passing)) / str(part)) for part in parts]
    print("\n".join(_lines(parts, found)))


def _records(part: int, threads: int, out: Path) -> list[RunRecord]:
    """Return the records of one size, in the order of the retrievers; run what is not there."""
    found = _done(out, threads)
    if not found.keys() >= set(RETRIEVERS):
        _run(part, threads, out)
        print(f"1/{part} of the size is done", file=sys.stderr)
        found = _done(out, threads)
    return [found[name] for name in RETRIEVERS]


def _done(out: Path, threads: int) -> dict[str, RunRecord]:
    """Return the records of a folder by retriever."""
    records = ResultsFolder(out).read_all()[0] if out.is_dir() else []
    return {one.retriever: one for one in records if one.status == "ok" and one.machine.threads == threads}


def _run(part: int, threads: int, out: Path) -> None:
    data = f"synthetic:users={USERS // part},items={ITEMS // part},interactions={INTERACTIONS // part}"
    command = [sys.executable, "-m", "hashbench", "run", "--encoder", "sage", "--head", "guided_ste"]
    command += ["--dataset", data, "--split", "ratio:valid=0", "--epochs", "1", "--fan-outs", "10x5"]
    command += [f"--retriever={name}" for name in RETRIEVERS] + ["--threads", str(threads), "--out", str(out)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _lines(parts: Sequence[int], found: Sequence[list[RunRecord]]) -> list[str]:
    about = found[0][0].machine
    lines = [f"{about.cpu}, {about.cores} cores, {about.threads} threads, {about.memory_bytes / GIB:.0f} GiB.", ""]
    lines.append("| phase | " + " | ".join(f"1/{part}, s | GiB" for part in parts) + " | growth, s |")
    lines.append("| --- |" + " ---: | ---: |" * len(parts) + " ---: |")
    rows = [(phase, phase, 0) for phase in COMMON]
    rows += [(f"{name}: {phase}", phase, place) for place, name in enumerate(RETRIEVERS) for phase in SEARCHED]
    for title, phase, place in rows:
        records = [one[place] for one in found]
        seconds = [record.seconds[phase] for record in records]
        memory = [record.memory_bytes[phase] / GIB for record in records]
        cells = [f"{pair[0]:.1f} | {pair[1]:.2f}" for pair in zip(seconds, memory, strict=True)]
        growth = ", ".join(f"{after / before:.1f}×" for before, after in itertools.pairwise(seconds))
        lines.append(f"| {title} | " + " | ".join(cells) + f" | {growth} |")
    peaks = [f"{max(record.peak_memory_bytes or 0 for record in one) / GIB:.2f} GiB" for one in found]
    lines += ["", f"Peak memory: {', '.join(peaks)}. p50 of a query, ms: {_latency(found)}."]
    return lines


def _latency(found: Sequence[list[RunRecord]]) -> str:
    searches = [[record.latency for record in by_name if record.latency] for by_name in zip(*found, strict=True)]
    return "; ".join(
        f"{name} " + ", ".join(f"{latency.p50_ms:.3f}" for latency in latencies)
        for name, latencies in zip(RETRIEVERS, searches, strict=True)
    )


if __name__ == "__main__":
    main()
