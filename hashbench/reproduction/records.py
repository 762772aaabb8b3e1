"""The records of an experiment, found again by what its cells and systems expand to, whatever the data lie in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from hashbench.evaluation.profiles import PROFILES, Standard
from hashbench.grid.cells import expand
from hashbench.grid.experiment import Experiment
from hashbench.report.rescore import rescore
from hashbench.report.seeds import SeedAggregate, aggregate_seeds
from hashbench.reproduction.comparison import Found
from hashbench.results.record import RunRecord
from hashbench.results.store import ResultsFolder
from hashbench.spec import canonical, identity


def of_experiment(experiment: Experiment, dataset: str, records: Iterable[RunRecord]) -> list[RunRecord]:
    """Return the records of the experiment's runs on one data set."""
    wanted = runs_of(experiment, dataset)
    return [record for record in records if run_of(record) in wanted]


def run_of(record: RunRecord) -> str:
    """Name the run that a record is of, whatever the data."""
    return _apart_from_data(record.spec)


def runs_of(experiment: Experiment, dataset: str) -> set[str]:
    """Name the experiment's runs on one data set, as `run_of` does."""
    axes = experiment.axes.model_copy(update={"dataset": [dataset]})
    return {
        _apart_from_data(cell.plan.run_spec(retriever, data=""))
        for cell in expand(experiment.model_copy(update={"axes": axes})).cells
        for retriever in cell.plan.retrievers
    }


def by_system(
    experiment: Experiment, dataset: str, records: Iterable[RunRecord]
) -> dict[tuple[str, str], SeedAggregate]:
    """Return the records of one data set by system and retriever, seeds together."""
    wanted: dict[str, list[tuple[str, str]]] = {}
    for system in experiment.axes.system or ():
        axes = experiment.axes.model_copy(update={"system": [system], "dataset": [dataset]})
        for cell in expand(experiment.model_copy(update={"axes": axes, "include": []})).cells:
            for retriever in cell.plan.retrievers:
                key = _apart_from_data(cell.plan.run_spec(retriever, data=""))
                wanted.setdefault(key, []).append((system, canonical(retriever)))
    found: dict[tuple[str, str], list[RunRecord]] = {}
    for record in records:
        for place in wanted.get(run_of(record), ()):
            found.setdefault(place, []).append(record)
    return {place: aggregate_seeds(alike)[0] for place, alike in found.items()}


def as_the_paper_counts(found: Found, folder: ResultsFolder, profile: str) -> tuple[Found, list[str]]:
    """Return records whose NDCG is counted as the paper's code does, and why some could not be.

    Other metrics stay what they are: expected values over the orders of ties.
    """
    if isinstance(PROFILES[profile], Standard):
        return found, []
    counted, problems = {}, []
    for key, one in found.items():
        again = rescore([(folder.path / "record.json", member) for member in one.members], profile)
        problems += again.left_out
        if len(again.records) == len(one.members):
            mixed = [
                mine.model_copy(update={"metrics": mine.metrics | _ndcg(theirs.metrics)})
                for mine, theirs in zip(one.members, again.records, strict=True)
            ]
            counted[key] = aggregate_seeds(mixed)[0]
    return counted, problems


def _ndcg(metrics: Mapping[str, float]) -> dict[str, float]:
    return {name: value for name, value in metrics.items() if name.startswith("ndcg@")}


def _apart_from_data(spec: Mapping[str, Any]) -> str:
    return identity({name: value for name, value in spec.items() if name != "data"})
