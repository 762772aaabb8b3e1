"""A report as one HTML page: tables, figures, commands and machines, with all scripts inside."""

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

from hashbench.reporting.charts import VEGA_LITE, complete_spec
from hashbench.reporting.figures import Figure, FigureOptions, figures
from hashbench.reporting.number_format import counted
from hashbench.reporting.table import ComparisonTable, failure_note
from hashbench.results.record import RunRecord
from hashbench.version import __version__

PAGED = 50
"""A table with more rows is shown in pages."""


@dataclass(frozen=True)
class DrawnFigure:
    """A figure and the specification of its chart, as wide as its container."""

    figure: Figure
    spec: dict[str, Any]


@dataclass(frozen=True)
class Section:
    """The part of the page about one table."""

    table: ComparisonTable
    drawn: Sequence[DrawnFigure]

    @property
    def name(self) -> str:
        """The data set, for the list of contents."""
        return self.table.dataset

    @property
    def table_html(self) -> str:
        """The table, for scripts to sort and filter."""
        paged = "true" if len(self.table.rows) > PAGED else "false"
        return self.table.html(f' class="display compact records" data-paged="{paged}"')

    @property
    def failures(self) -> list[str]:
        """A line for each failed run."""
        return [failure_note(record) for record in self.table.failed]


def render_page(
    tables: Sequence[ComparisonTable],
    options: FigureOptions,
    left_out: Sequence[str] = (),
    title: str = "hashbench report",
) -> str:
    """Return the HTML text of the page; `left_out` says which files are not in it, and why."""
    drawn = [[_drawn(figure) for figure in figures(table, options)] for table in tables]
    sections = [Section(table, charts) for table, charts in zip(tables, drawn, strict=True)]
    records = list(_records(tables))
    package = resources.files("hashbench.reporting")
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(package.joinpath("page.html.jinja").read_text("utf-8"))
    bundle = resources.files(itables).joinpath("html")
    chart_script = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed", vl_version=VEGA_LITE)
    return template.render(
        title=title,
        version=__version__,
        sections=sections,
        left_out=left_out,
        n_records=len(records),
        days=sorted({record.created[:10] for record in records}),
        machines=_machines(records),
        charts=[chart.spec for section in sections for chart in section.drawn],
        style=package.joinpath("page.css").read_text("utf-8"),
        script=package.joinpath("page.js").read_text("utf-8"),
        table_style=bundle.joinpath("dt_bundle.css").read_text("utf-8"),
        table_script=json.dumps(bundle.joinpath("dt_bundle.js").read_text("utf-8")).replace("</", "<\\/"),
        chart_script=chart_script.replace("</script", "<\\/script"),
    )


def _drawn(figure: Figure) -> DrawnFigure:
    return DrawnFigure(figure, complete_spec([[figure.chart]], "container"))


def _records(tables: Iterable[ComparisonTable]) -> Iterator[RunRecord]:
    for table in tables:
        for row in table.rows:
            yield from row.members
        yield from table.failed


def _machines(records: Sequence[RunRecord]) -> list[tuple[int, list[tuple[str, str]]]]:
    """Return each environment with the number of its records."""
    counts = Counter(tuple(_environment(record)) for record in records)
    return [(n, list(lines)) for lines, n in counts.most_common()]


def _environment(record: RunRecord) -> Iterator[tuple[str, str]]:
    machine, versions = record.machine, record.versions
    yield "processor", f"{machine.cpu}, {machine.cores} cores, {machine.memory_bytes / 2**30:.0f} GiB"
    yield "run on", f"{machine.gpu or machine.device}, {counted(machine.threads, 'thread')}, {machine.system}"
    packages = {"hashbench": versions.hashbench, "Python": versions.python} | versions.packages | versions.plugins
    yield "versions", ", ".join(f"{name} {version}" for name, version in packages.items())
