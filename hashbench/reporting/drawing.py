"""A figure as a file for papers: PDF, SVG or PNG, drawn without a browser."""

from __future__ import annotations

from collections.abc import Sequence

import vl_convert

from hashbench.reporting.charts import VEGA_LITE, complete_spec, without_pointer
from hashbench.reporting.figures import FigureOptions, figures
from hashbench.reporting.table import ComparisonTable

PNG_SCALE = 3
"""Pixels of a PNG per pixel of the chart."""


def draw_figures(
    tables: Sequence[ComparisonTable], kinds: Sequence[tuple[str, FigureOptions]], width: int, ending: str
) -> bytes | None:
    """Return the content of a file with the figures of these kinds; None if no table has values for them.

    The charts of different tables stand side by side, or below each other if a table has several. `width` is that of
    one chart in pixels; `ending` is ".pdf", ".svg" or ".png".
    """
    rows = []
    for table in tables:
        charts = [figure.chart for kind, options in kinds for figure in figures(table, options, (kind,))]
        title = {"title": table.dataset} if len(tables) > 1 else {}
        if charts:
            rows.append([without_pointer(chart) | title for chart in charts])
    if not rows:
        return None
    if all(len(row) == 1 for row in rows):
        rows = [[chart for row in rows for chart in row]]
    spec = complete_spec(rows, width)
    if ending == ".svg":
        text: str = vl_convert.vegalite_to_svg(spec, vl_version=VEGA_LITE)
        return text.encode()
    if ending == ".png":
        picture: bytes = vl_convert.vegalite_to_png(spec, vl_version=VEGA_LITE, scale=PNG_SCALE)
        return picture
    document: bytes = vl_convert.vegalite_to_pdf(spec, vl_version=VEGA_LITE)
    return document
