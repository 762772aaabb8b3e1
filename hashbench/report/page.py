"""A report as one page: tables, figures, commands and machines, with all scripts inside."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

import itables
import jinja2
import vl_convert

from hashbench.report.charts import VEGA_LITE, finished
from hashbench.report.columns import NOTHING, Column
from hashbench.report.compare import ComparisonTable, Row
from hashbench.report.figures import Figure, Wanted, figures
from hashbench.report.formats import failure
from hashbench.results.record import RunRecord
from hashbench.version import __version__

PAGED = 50
"""Rows from which a table is shown in pages."""


@dataclass(frozen=True)
class Drawn:
    """A figure and the specification of its chart, as wide as its place."""

    figure: Figure
    spec: dict[str, Any]


@dataclass(frozen=True)
class Section:
    """What the page says of a group."""

    group: ComparisonTable
    drawn: Sequence[Drawn]

    @property
    def name(self) -> str:
        """The data set, for the list of contents."""
        return self.group.title.partition(" · ")[0]

    @property
    def failures(self) -> list[str]:
        """A line for each failed run."""
        return [failure(record) for record in self.group.failed]

    def order(self, row: Row, column: Column) -> Any:
        """Return what a cell is sorted by."""
        value = row.values.get(column.key)
        if column.better and value is None:
            return ""
        return value if isinstance(value, int | float) else column.text(value)


def page(groups: Sequence[ComparisonTable], wanted: Wanted, left_out: Sequence[str], title: str) -> str:
    """Return the whole HTML text; `left_out` says which files are not in it, and why."""
    sections = [Section(group, [_drawn(one) for one in figures(group, wanted)]) for group in groups]
    records = list(_records(groups))
    package = resources.files("hashbench.report")
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(package.joinpath("page.html.jinja").read_text("utf-8"))
    tables = resources.files(itables).joinpath("html")
    return template.render(
        title=title,
        version=__version__,
        sections=sections,
        left_out=left_out,
        n_records=len(records),
        days=sorted({record.created[:10] for record in records}),
        machines=_machines(records),
        charts=[one.spec for section in sections for one in section.drawn],
        paged=PAGED,
        nothing=NOTHING,
        style=package.joinpath("page.css").read_text("utf-8"),
        script=package.joinpath("page.js").read_text("utf-8"),
        table_style=tables.joinpath("dt_bundle.css").read_text("utf-8"),
        table_script=json.dumps(tables.joinpath("dt_bundle.js").read_text("utf-8")).replace("</", "<\\/"),
        chart_script=vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed", vl_version=VEGA_LITE).replace(
            "</script", "<\\/script"
        ),
    )


def _drawn(figure: Figure) -> Drawn:
    return Drawn(figure, finished([[figure.chart]], "container"))


def _records(groups: Iterable[ComparisonTable]) -> Iterator[RunRecord]:
    for group in groups:
        for row in group.rows:
            yield from row.members
        yield from group.failed


def _machines(records: Sequence[RunRecord]) -> list[tuple[int, list[tuple[str, str]]]]:
    """Return how many records came from each environment, and what it was."""
    found = Counter(tuple(_environment(record)) for record in records)
    return [(n, list(lines)) for lines, n in found.most_common()]


def _environment(record: RunRecord) -> Iterator[tuple[str, str]]:
    machine, versions = record.machine, record.versions
    threads = "1 thread" if machine.threads == 1 else f"{machine.threads} threads"
    yield "processor", f"{machine.cpu}, {machine.cores} cores, {machine.memory_bytes / 2**30:.0f} GiB"
    yield "run on", f"{machine.gpu or machine.device}, {threads}, {machine.system}"
    packages = {"hashbench": versions.hashbench, "Python": versions.python} | versions.packages | versions.plugins
    yield "versions", ", ".join(f"{name} {version}" for name, version in packages.items())
