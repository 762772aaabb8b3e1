"""A published table or chart as a TOML file: the experiment that makes it again, its figures, and what is claimed."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked

from hashbench.errors import BadParameter, HashbenchError, UnknownName, did_you_mean, why
from hashbench.evaluation.profiles import PROFILES
from hashbench.grid.experiment import Experiment
from hashbench.grid.experiment_file import parse
from hashbench.registry.shelves import RETRIEVERS, create_component
from hashbench.report.figures import CURVES, KINDS
from hashbench.spec import canonical

SHIPPED = resources.files("hashbench.reproduction") / "tables"
"""The folder of the tables that come with hashbench."""


@checked(frozen=True, config={"extra": "forbid"})
class PaperRow:
    """A published row: of a system and the retriever that it was searched by, figures for each data set.

    A retriever may have parameters. A chart's rows have no figures: they say which runs its claims are of.
    """

    system: str
    retriever: str
    figures: dict[str, list[float]] = Field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str]:
        """Return what its records are found by: the system, and the retriever's canonical text."""
        return self.system, canonical(create_component(RETRIEVERS, self.retriever))


@checked(frozen=True, config={"extra": "forbid"})
class Chart:
    """What `hashbench plot` is to draw: a kind of figure, and its options."""

    kind: str
    quality: str | None = None
    over: str | None = None
    curve: str | None = None


@checked(frozen=True, config={"extra": "forbid"})
class Claim:
    """What the paper says of two of its systems: that one is better by a metric."""

    text: str
    better: str
    worse: str


@checked(frozen=True, config={"extra": "forbid"})
class Paper:
    """A published table, or charts; figures and claims are of `metrics`, counted as `profile` does.

    A metric may be a column of comparisons too, such as all_users_s, or f1_of_means@k, F1 of mean precision and recall.

    `found` says what the paper reads from its charts.
    """

    source: str
    metrics: list[str] = Field(default_factory=list)
    rows: list[PaperRow] = Field(default_factory=list)
    charts: list[Chart] = Field(default_factory=list)
    found: str = ""
    profile: str = "standard"
    claims: list[Claim] = Field(default_factory=list)


@dataclass(frozen=True)
class Table:
    """A published table, and the experiment that makes it again."""

    name: str
    paper: Paper
    experiment: Experiment

    def chosen(self, datasets: Sequence[str], seeds: int) -> Experiment:
        """Return the experiment with so many seeds, on these data sets, or all of the table's if none is given."""
        axes = self.experiment.axes
        for name in datasets:
            if name not in axes.dataset:
                raise BadParameter(f"--dataset {name}: the table has {', '.join(axes.dataset)}")
        chosen = {"dataset": list(datasets) or axes.dataset, "seed": list(range(seeds))}
        return self.experiment.model_copy(update={"axes": axes.model_copy(update=chosen)})


def names() -> list[str]:
    """Return the names of the tables that come with hashbench."""
    return sorted(file.name.removesuffix(".toml") for file in SHIPPED.iterdir() if file.name.endswith(".toml"))


def read(name: str) -> Table:
    """Read the table of that name, or a file; raises `HashbenchError` that lists what is wrong with it."""
    if name.endswith(".toml"):
        try:
            text, source = Path(name).read_text("utf-8"), name
        except OSError as error:
            raise HashbenchError(f"{name}: cannot be read: {why(error)}") from None
        except UnicodeDecodeError:
            raise HashbenchError(f"{name}: no TOML: not UTF-8 text") from None
    elif name in names():
        text, source = SHIPPED.joinpath(f"{name}.toml").read_text("utf-8"), name
    else:
        raise UnknownName(
            f"There is no table called '{name}'.{did_you_mean(name, names())} There are {', '.join(names())}; "
            "or give a file, such as my-table.toml."
        )
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise HashbenchError(f"{source}: no TOML: {error}") from None
    published = given.pop("paper", {})
    experiment = parse(given, source)
    return Table(experiment.name or Path(source).stem, _paper(published, experiment, source), experiment)


def _paper(given: Mapping[str, Any], experiment: Experiment, source: str) -> Paper:
    try:
        paper: Paper = TypeAdapter(Paper).validate_python(given)
    except ValidationError as error:
        problems = [f"paper.{'.'.join(map(str, one['loc']))}: {one['msg'].lower()}" for one in error.errors()]
    else:
        problems = list(_mistakes(paper, experiment.axes.system or []))
    if problems:
        raise HashbenchError(f"{source}: " + "".join(f"\n  {problem}" for problem in problems))
    return paper


def _mistakes(paper: Paper, systems: Sequence[str]) -> list[str]:
    found = []
    if paper.profile not in PROFILES:
        found.append(f"paper.profile: it must be one of {', '.join(PROFILES)}, got '{paper.profile}'")
    for place, row in enumerate(paper.rows):
        if row.system not in systems:
            found.append(f"paper.rows[{place}].system: axes.system does not name '{row.system}'")
        try:
            _ = row.key
        except HashbenchError as error:
            found.append(f"paper.rows[{place}].retriever: {error}")
        for dataset, figures in row.figures.items():
            if len(figures) != len(paper.metrics):
                wanted = f"{len(paper.metrics)} figures are needed, one for each of paper.metrics"
                found.append(f"paper.rows[{place}].figures.{dataset}: {wanted}, got {len(figures)}")
    if not paper.rows and not paper.charts:
        found.append("paper: it has neither rows nor charts")
    if paper.rows and not paper.metrics:
        found.append("paper.metrics: rows need them")
    for place, chart in enumerate(paper.charts):
        if chart.kind not in KINDS:
            found.append(f"paper.charts[{place}].kind: it must be one of {', '.join(KINDS)}, got '{chart.kind}'")
        if (chart.kind == "sweep") != (chart.over is not None):
            found.append(f"paper.charts[{place}].over: a sweep needs it, such as head.bits, and nothing else has it")
        if chart.curve not in (None, *CURVES):
            found.append(f"paper.charts[{place}].curve: it must be one of {', '.join(CURVES)}, got '{chart.curve}'")
    known = {row.system for row in paper.rows}
    for place, claim in enumerate(paper.claims):
        unknown = [system for system in (claim.better, claim.worse) if system not in known]
        found += [f"paper.claims[{place}]: no row is of system '{system}'" for system in unknown]
    return found
