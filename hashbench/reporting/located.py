"""Records with their files: read from folders and files, filtered, and their hits read from beside them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from hashbench.errors import BadRecord, HashbenchError
from hashbench.reporting.filter import Located, filter_records
from hashbench.results.per_user import Hits
from hashbench.results.record import RunRecord
from hashbench.results.store import Problem, ResultsFolder, locate


def locate_records(
    results: Sequence[Path], condition: str | None, on_problem: Callable[[Problem], None]
) -> list[Located]:
    """Return the records of folders and files that fulfil a condition, each with its file.

    `on_problem` receives each file that holds no record. Raises `HashbenchError` if there is no record.
    """
    where = " ".join(map(str, results))
    located, problems = locate(results)
    for problem in problems:
        on_problem(problem)
    if not located:
        raise HashbenchError(f"There are no records in {where}. (hashbench run writes them)")
    if condition is None:
        return located
    if fulfilling := filter_records(located, condition):
        return fulfilling
    raise HashbenchError(f"No record in {where} fits --where '{condition}'.")


def hits_reader(located: Sequence[Located], left_out: list[str]) -> Callable[[RunRecord], Hits | None]:
    """Return a function that reads a record's hits; it appends to `left_out` why a record has none."""
    folders = {record.run_id: ResultsFolder(file.parent) for file, record in located}

    def hits_of(record: RunRecord) -> Hits | None:
        try:
            return folders[record.run_id].hits(record)
        except BadRecord as error:
            left_out.append(str(error))
            return None

    return hits_of
