"""`hashbench.report`: records as one HTML page, from Python."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hashbench.errors import HashbenchError
from hashbench.reporting.build_tables import comparison_tables
from hashbench.reporting.figures import COSTS, FigureOptions
from hashbench.reporting.located import hits_reader, locate_records
from hashbench.results.atomic import write_file


def report(
    results: str | Path | Sequence[str | Path],
    output: str | Path,
    *,
    title: str = "hashbench report",
    where: str | None = None,
    each: bool = False,
) -> Path:
    """Write the records of results folders as one HTML page that needs no network, and return its path.

    Args:
        results: A results folder or a record file, or several of them.
        output: The page to write.
        title: Heading of the page.
        where: A condition such as "bits == 64".
        each: Show a row for each run instead of one for all seeds.

    Raises:
        HashbenchError: There is no record, `hashbench[report]` is not installed, or the page cannot be written.
    """
    try:
        from hashbench.reporting.page import render_page
    except ImportError as error:
        raise HashbenchError(f"hashbench.report needs {error.name}: pip install 'hashbench[report]'") from None

    paths = [Path(results)] if isinstance(results, str | Path) else [Path(result) for result in results]
    left_out: list[str] = []
    located = locate_records(paths, where, lambda problem: left_out.append(str(problem)))
    tables = comparison_tables([record for _, record in located], merge_seeds=not each)
    options = FigureOptions(hits_reader(located, left_out), costs=tuple(COSTS))
    write_file(Path(output), render_page(tables, options, left_out, title).encode())
    return Path(output)
