"""Print the threshold with the best mean F1 on validation, for runs whose models are in the cache.

python benchmarks/thresholds.py RESULTS [RUN ...]

The retriever of a run decides what is compared with the threshold: scores of `continuous` or `asymmetric`, distances of
`hamming`. Training items are left out; the validation items are relevant. F1 of a user is 2 · hits / (items returned +
relevant items).
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

N_CANDIDATES = 400
"""Number of thresholds that are tried."""


def main() -> None:
    """Print a line for each run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=Path)
    parser.add_argument("runs", nargs="*", help="ids of runs; by default all runs of these retrievers")
    parser.add_argument("--data-dir", type=Path)
    options = parser.parse_args()
    folder, load = ResultsFolder(options.results), LoadContext(data_dir=options.data_dir)
    records = [folder.find(run) for run in options.runs] or folder.read_all()[0]
    for record in records:
        if record.status == "ok" and record.spec["retriever"] in ("continuous", "asymmetric", "hamming"):
            try:
                print(_line(record, folder, load))
            except BadRecord as error:
                print(error, file=sys.stderr)


def _line(record: RunRecord, folder: ResultsFolder, load: LoadContext) -> str:
    model, plan, ctx = folder.model(record), RunPlan.from_record(record), RunContext(record.seed, "cpu", 1)
    split = plan.split.split(plan.dataset.load(load), ctx)
    search = Task.shuffled(split.train, split.valid, ctx.rng("validation")).search(model.users, model.items)
    threshold, f1, n_returned = _best(plan.retrievers[0].build(search.items, ctx), search)
    by_distance = record.spec["retriever"] == "hamming"
    parameter = f"radius={-threshold:.0f}" if by_distance else f"at_least={threshold:.6g}"
    run = f"{record.encoder} {record.head} {record.retriever} seed {record.seed}"
    return f"{record.run_id}  {run}: {parameter}  (validation F1 {f1:.4f}, {n_returned:.0f} items per user)"


def _best(index: Index, search: Search) -> tuple[float, float, float]:
    """Return the threshold, a lowest score, with its mean F1 and its mean number of items returned."""
    n_items = len(search.items)
    candidates: NDArray[np.float64] | None = None
    f1, n_returned = np.zeros(0), np.zeros(0)
    for users in search.batches():
        ranking = index.search(search.users.take(users), n_items, search.exclude.select(users))
        scores = np.where(ranking.items >= 0, ranking.scores, -np.inf)
        if candidates is None:
            candidates = _candidates(scores)
            f1, n_returned = np.zeros(candidates.size), np.zeros(candidates.size)
        for row, user in enumerate(users):
            relevant = search.truth.row(user)
            hits = np.append(0, np.cumsum(np.isin(ranking.items[row], relevant)))
            n = np.searchsorted(-scores[row], -candidates, side="right")
            f1 += 2 * hits[n] / (n + len(relevant))
            n_returned += n
    assert candidates is not None
    best = int(f1.argmax())
    n_users = len(search.eval_users)
    return float(candidates[best]), float(f1[best] / n_users), float(n_returned[best] / n_users)


def _candidates(scores: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the distinct scores from the median up; if they are many, N_CANDIDATES at equal steps of rank."""
    distinct = np.unique(scores[np.isfinite(scores)]).astype(np.float64)
    upper = distinct[distinct >= np.median(distinct)]
    candidates: NDArray[np.float64] = upper[np.unique(np.linspace(0, upper.size - 1, N_CANDIDATES).astype(int))]
    return candidates


if __name__ == "__main__":
    main()
