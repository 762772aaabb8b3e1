"""Writes results/reference/README.md from the records beside it: python benchmarks/results_readme.py"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

from hashbench.reporting.build_tables import comparison_tables
from hashbench.reporting.markup import markdown
from hashbench.reproduction.records import of_experiment
from hashbench.reproduction.table import read_table
from hashbench.reproduction.text import comparison_lines
from hashbench.results.record import RunRecord
from hashbench.results.store import ResultsFolder, read_files

TABLES = Path(__file__).with_name("results_papers.toml")
RESULTS = Path(__file__).parents[1] / "results" / "reference"
INTRODUCTION = """\
# Reference results

Written by `python benchmarks/results_readme.py` from the records in this folder; do not edit.
`hashbench compare results/reference` prints the same tables, and `hashbench show RUN --results results/reference` one
record with the command that repeats it. The values of each user are in the packs beside the records
(`*.per-user.zip`), from which `compare --test`, `reproduce --no-run` and `report` read them.

`HR@50 = hits / test items (recall)`: the share of a user's test items that are among the first 50.

Every user's test items (30 % of each user's, chosen by the seed; 20 % in HashLGN's tables; the published ones where a
heading says so) are ranked among all items that the user has not seen.

Nothing was chosen on the test items. Defaults were set on ml-1m's validation part, the rates of PTE and BiNE on those
of all three data sets. Options of LightGCN on Gowalla, its number of epochs among them, were chosen on a tenth of
Gowalla's published training items, after which it was trained on all of them. Models had one or two threads, most of
them beside other processes, on two machines (each record names its own). Latencies that were taken beside other
processes, and not again on an idle machine (`hashbench bench --save`), are named below their table. `pinterest` here
has the first 37,501 users of 55,187, which is all that our copy held.

Each record was made by the code of its day, and names its commit from 22 November 2026 on. Since the first records,
sums are made in another order, which changes a hashed model as another seed would.

"""
PAPERS = """\
## Papers' tables

`paper` is what was published, `ours` comes from the records here, the mean over seeds with its standard deviation (±).
A claim's p is the larger of those of a paired randomisation test over users and of a t-test over seeds, corrected by
Holm's method. What is said below a table stands in `benchmarks/results_papers.toml`.

"""


def text() -> str:
    """Return the page."""
    records, problems = read_files([RESULTS])
    if problems:
        raise SystemExit("\n".join(map(str, problems)))
    tables = tomllib.loads(TABLES.read_text("utf-8"))["tables"]
    reproduced = "\n".join(line for table in tables for line in paper(records, **table))
    return (
        INTRODUCTION
        + PAPERS
        + reproduced
        + "\n## All records\n\n"
        + markdown(comparison_tables(records, merge_seeds=True))
    )


def paper(records: list[RunRecord], name: str, dataset: str, seeds: int, comment: str) -> Iterator[str]:
    """Return one table of a paper, or its charts, and what is to be said of it."""
    table, folder = read_table(name), ResultsFolder(RESULTS)
    experiment = table.chosen([dataset], seeds)
    done = of_experiment(experiment, dataset, records)
    yield f"### {name} on {dataset}: {table.experiment.description}"
    yield f"\n    hashbench reproduce {name} --dataset {dataset} --seeds {seeds} --no-run --out results/reference"
    yield from comparison_lines(table, dataset, experiment, folder, done, "markdown")
    if table.paper.charts:
        yield f"\n![{table.experiment.description}](figures/{name}-{dataset}.svg)"
    if table.paper.finding:
        yield f"\nThe paper's finding: {table.paper.finding}."
    yield f"\n{comment}\n"


if __name__ == "__main__":
    (RESULTS / "README.md").write_text(text())
