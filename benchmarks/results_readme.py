"""Writes results/README.md from the records beside it: python benchmarks/results_readme.py"""

from __future__ import annotations

from pathlib import Path

from hashbench.report.compare import compare
from hashbench.report.formats import markdown
from hashbench.results.store import read_files

RESULTS = Path(__file__).parents[1] / "results"
INTRODUCTION = """\
# Reference results

Written by `python benchmarks/results_readme.py` from the records in this folder; do not edit. `hashbench compare`
prints the same tables of a folder, and `hashbench show RUN` one record with the command that repeats it.

Every user's test items (30 % of each user's, chosen by the seed) are ranked among all items that the user has not seen.
HR is hits over the user's test items. Nothing was chosen on the test: defaults were set on ml-1m's validation part.
Each model was trained on one thread, two at a time on one machine, and timed again when that was idle
(`hashbench bench --save`). `pinterest` is its first 37,501 users of 55,187.

"""


def text() -> str:
    """Return the page."""
    records, problems = read_files([RESULTS])
    if problems:
        raise SystemExit("\n".join(map(str, problems)))
    return INTRODUCTION + markdown(compare(records))


if __name__ == "__main__":
    (RESULTS / "README.md").write_text(text())
