"""What a paper published in a table or chart: its figures, its claims, and what is wrong with their description."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked

from hashbench.errors import HashbenchError
from hashbench.evaluation.profiles import PROFILES
from hashbench.registry.shelves import RETRIEVERS, create_component
from hashbench.reporting.figures import CURVES, KINDS
from hashbench.spec import canonical


@checked(frozen=True, config={"extra": "forbid"})
class PaperRow:
    """A published row: a system, the retriever that searched it, and figures for each data set.

    The retriever may have parameters. The rows of a chart have no figures: they say which runs its claims are about.
    """

    system: str
    retriever: str
    figures: dict[str, list[float]] = Field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str]:
        """The key of its records: the system and the retriever's canonical text."""
        return self.system, canonical(create_component(RETRIEVERS, self.retriever))


@checked(frozen=True, config={"extra": "forbid"})
class Chart:
    """What `hashbench plot` draws: a kind of figure, and its options."""

    kind: str
    quality: str | None = None
    over: str | None = None
    curve: str | None = None


@checked(frozen=True, config={"extra": "forbid"})
class Claim:
    """What the paper claims of two of its systems: `better` is better than `worse` by the first metric."""

    text: str
    better: str
    worse: str


@checked(frozen=True, config={"extra": "forbid"})
class Paper:
    """A published table, or charts. Figures and claims are of `metrics`, counted by the metric profile `profile`.

    A metric may also be a column of comparisons, such as all_users_s, or f1_of_means@k, the F1 of mean precision and
    mean recall. `finding` is what the paper concludes from its charts.
    """

    source: str
    metrics: list[str] = Field(default_factory=list)
    rows: list[PaperRow] = Field(default_factory=list)
    charts: list[Chart] = Field(default_factory=list)
    finding: str = ""
    profile: str = "standard"
    claims: list[Claim] = Field(default_factory=list)


def parse_paper(section: Mapping[str, Any], systems: Sequence[str], source: str) -> Paper:
    """Check the section `paper` of a file; `systems` are those that the file runs.

    Raises `HashbenchError` that lists everything wrong with it; `source` names the file.
    """
    try:
        paper: Paper = TypeAdapter(Paper).validate_python(section)
    except ValidationError as error:
        problems = [
            f"paper.{'.'.join(map(str, problem['loc']))}: {problem['msg'].lower()}" for problem in error.errors()
        ]
    else:
        problems = [*_problems_of_paper(paper), *_problems_of_rows(paper, systems)]
        problems += [*_problems_of_charts(paper), *_problems_of_claims(paper)]
    if problems:
        raise HashbenchError(f"{source}: " + "".join(f"\n  {problem}" for problem in problems))
    return paper


def _problems_of_paper(paper: Paper) -> Iterator[str]:
    if paper.profile not in PROFILES:
        yield f"paper.profile: it must be one of {', '.join(PROFILES)}, got '{paper.profile}'"
    if not paper.rows and not paper.charts:
        yield "paper: it has neither rows nor charts"
    if paper.rows and not paper.metrics:
        yield "paper.metrics: rows need them"


def _problems_of_rows(paper: Paper, systems: Sequence[str]) -> Iterator[str]:
    for index, row in enumerate(paper.rows):
        if row.system not in systems:
            yield f"paper.rows[{index}].system: axes.system does not name '{row.system}'"
        try:
            _ = row.key
        except HashbenchError as error:
            yield f"paper.rows[{index}].retriever: {error}"
        for dataset, figures in row.figures.items():
            if len(figures) != len(paper.metrics):
                needed = f"{len(paper.metrics)} figures are needed, one for each of paper.metrics"
                yield f"paper.rows[{index}].figures.{dataset}: {needed}, got {len(figures)}"


def _problems_of_charts(paper: Paper) -> Iterator[str]:
    for index, chart in enumerate(paper.charts):
        if chart.kind not in KINDS:
            yield f"paper.charts[{index}].kind: it must be one of {', '.join(KINDS)}, got '{chart.kind}'"
        if (chart.kind == "sweep") != (chart.over is not None):
            yield f"paper.charts[{index}].over: a sweep needs it, such as head.bits; no other chart has it"
        if chart.curve not in (None, *CURVES):
            yield f"paper.charts[{index}].curve: it must be one of {', '.join(CURVES)}, got '{chart.curve}'"


def _problems_of_claims(paper: Paper) -> Iterator[str]:
    systems = {row.system for row in paper.rows}
    for index, claim in enumerate(paper.claims):
        for system in (claim.better, claim.worse):
            if system not in systems:
                yield f"paper.claims[{index}]: no row is of system '{system}'"
