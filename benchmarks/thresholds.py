"""Print the threshold that is best on validation, by mean F1, for runs whose models are kept.

python benchmarks/thresholds.py RESULTS [RUN ...]

A run's retriever says what is thresholded: scores of `continuous` or `asymmetric`, distances of `hamming`. Training
items are left out, the validation items are to be found. A user's F1 is 2 · hits / (items returned + items to find).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hashbench.errors import BadRecord
from hashbench.evaluation.ranking import Search, Task
from hashbench.pipeline.plan import RunPlan
from hashbench.protocols import Index, LoadContext, RunContext
from hashbench.results.record import RunRecord
from hashbench.results.store import ResultsFolder

CANDIDATES = 400


def main() -> None:
    """Read the arguments and print a line for each run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=Path)
    parser.add_argument("runs", nargs="*", help="ids; by default all runs by those retrievers")
    parser.add_argument("--data-dir", type=Path)
    given = parser.parse_args()
    folder, load = ResultsFolder(given.results), LoadContext(data_dir=given.data_dir)
    records = [folder.find(run) for run in given.runs] or folder.read_all()[0]
    for record in records:
        if record.status == "ok" and record.spec["retriever"] in ("continuous", "asymmetric", "hamming"):
            try:
                print(_line(record, folder, load))
            except BadRecord as error:
                print(error, file=sys.stderr)


def _line(record: RunRecord, folder: ResultsFolder, load: LoadContext) -> str:
    kept, plan, ctx = folder.model(record), RunPlan.from_record(record), RunContext(record.seed, "cpu", 1)
    split = plan.split.split(plan.dataset.load(load), ctx)
    search = Task.shuffled(split.train, split.valid, ctx.rng("validation")).search(kept.users, kept.items)
    lowest, f1, returned = _best(plan.retrievers[0].build(search.items, ctx), search)
    what = f"radius={-lowest:.0f}" if record.spec["retriever"] == "hamming" else f"at_least={lowest:.6g}"
    model = f"{record.encoder} {record.head} {record.retriever} seed {record.seed}"
    return f"{record.run_id}  {model}: {what}  (validation F1 {f1:.4f}, {returned:.0f} items a user)"


def _best(index: Index, search: Search) -> tuple[float, float, float]:
    """Return the lowest score that counts, with the mean F1 and the mean number of items that it gives."""
    n_items = len(search.items)
    candidates: NDArray[np.float64] | None = None
    f1, returned = np.zeros(0), np.zeros(0)
    for users in search.batches():
        found = index.search(search.users.take(users), n_items, search.exclude.select(users))
        scores = np.where(found.items >= 0, found.scores, -np.inf)
        if candidates is None:
            candidates = _candidates(scores)
            f1, returned = np.zeros(candidates.size), np.zeros(candidates.size)
        for row, user in enumerate(users):
            wanted = search.truth.row(user)
            hits = np.append(0, np.cumsum(np.isin(found.items[row], wanted)))
            n = np.searchsorted(-scores[row], -candidates, side="right")
            f1 += 2 * hits[n] / (n + len(wanted))
            returned += n
    assert candidates is not None
    best = int(f1.argmax())
    n_users = len(search.eval_users)
    return float(candidates[best]), float(f1[best] / n_users), float(returned[best] / n_users)


def _candidates(scores: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return some of the distinct scores, those above their median, evenly by rank or all if they are few."""
    several = np.unique(scores[np.isfinite(scores)]).astype(np.float64)
    several = several[several >= np.median(several)]
    chosen: NDArray[np.float64] = several[np.unique(np.linspace(0, several.size - 1, CANDIDATES).astype(int))]
    return chosen


if __name__ == "__main__":
    main()
