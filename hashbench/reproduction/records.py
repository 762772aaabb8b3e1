"""The records of an experiment, identified by the runs that its cells and systems expand to, wherever the data lie."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from hashbench.evaluation.profiles import PROFILES, Standard
from hashbench.grids.cells import expand
from hashbench.grids.experiment import Experiment
from hashbench.reporting.rescore import rescore
from hashbench.reporting.seeds import SeedAggregate, aggregate_seeds
from hashbench.reproduction.comparison import BySystem
from hashbench.reproduction.subset import of_datasets, of_system
from hashbench.results.record import RunRecord
from hashbench.results.store import ResultsFolder
from hashbench.spec import canonical, identity


def of_experiment(experiment: Experiment, dataset: str, records: Iterable[RunRecord]) -> list[RunRecord]:
    """Return the records of the experiment's runs on one data set."""
    wanted = runs_of(experiment, dataset)
    return [record for record in records if run_of(record) in wanted]


def run_of(record: RunRecord) -> str:
    """Return an id of the run that a record is of, whatever the fingerprint of its data."""
    return _without_data(record.spec)


def runs_of(experiment: Experiment, dataset: str) -> set[str]:
    """Return the ids of the experiment's runs on one data set, as `run_of` does."""
    return {
        _without_data(cell.plan.run_spec(retriever, data=""))
        for cell in expand(of_datasets(experiment, [dataset])).cells
        for retriever in cell.plan.retrievers
    }


def by_system(
    experiment: Experiment, dataset: str, records: Iterable[RunRecord]
) -> dict[tuple[str, str], SeedAggregate]:
    """Return the records of one data set by system and retriever, seeds together."""
    keys_of: dict[str, list[tuple[str, str]]] = {}
    for system in experiment.axes.system or ():
        for cell in expand(of_system(experiment, system, dataset)).cells:
            for retriever in cell.plan.retrievers:
                run = _without_data(cell.plan.run_spec(retriever, data=""))
                keys_of.setdefault(run, []).append((system, canonical(retriever)))
    by_key: dict[tuple[str, str], list[RunRecord]] = {}
    for record in records:
        for key in keys_of.get(run_of(record), ()):
            by_key.setdefault(key, []).append(record)
    return {key: aggregate_seeds(of_key)[0] for key, of_key in by_key.items()}


def as_the_paper_counts(recorded: BySystem, folder: ResultsFolder, profile: str) -> tuple[BySystem, list[str]]:
    """Return records whose NDCG is counted as the paper's code does, and why some could not be.

    Other metrics stay as recorded: expected values over the orders of ties.
    """
    if isinstance(PROFILES[profile], Standard):
        return recorded, []
    rescored_by_key, problems = {}, []
    for key, aggregate in recorded.items():
        rescored = rescore([(folder.path / "record.json", member) for member in aggregate.members], profile)
        problems += rescored.left_out
        if len(rescored.records) == len(aggregate.members):
            pairs = zip(aggregate.members, rescored.records, strict=True)
            rescored_by_key[key] = aggregate_seeds([_with_ndcg_of(own, other) for own, other in pairs])[0]
    return rescored_by_key, problems


def _with_ndcg_of(record: RunRecord, other: RunRecord) -> RunRecord:
    ndcg = {name: value for name, value in other.metrics.items() if name.startswith("ndcg@")}
    changed = record.model_copy()
    changed.metrics = record.metrics | ndcg
    return changed


def _without_data(spec: Mapping[str, Any]) -> str:
    return identity({name: value for name, value in spec.items() if name != "data"})
