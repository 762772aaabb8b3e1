"""A figure as a file for papers: PDF, SVG or PNG, drawn without a browser."""

from __future__ import annotations

from collections.abc import Sequence

import vl_convert

from hashbench.report.charts import VEGA_LITE, finished, still
from hashbench.report.compare import ComparisonTable
from hashbench.report.figures import Wanted, figures

SHARPNESS = 3
"""Pixels of a PNG to one of the chart."""


def drawing(
    groups: Sequence[ComparisonTable], kinds: Sequence[tuple[str, Wanted]], width: int, ending: str
) -> bytes | None:
    """Return the file's content: figures of these kinds; None where no group has what is drawn.

    The charts of groups stand side by side or, where a group has several, below each other's.
    `width` is one chart's in pixels; `ending` is ".pdf", ".svg" or ".png".
    """
    found = [
        (group.title.partition(" · ")[0], [one for kind, wanted in kinds for one in figures(group, wanted, (kind,))])
        for group in groups
    ]
    rows = [[still(one.chart) | ({"title": name} if len(groups) > 1 else {}) for one in drawn] for name, drawn in found]
    rows = [row for row in rows if row]
    if not rows:
        return None
    if all(len(row) == 1 for row in rows):
        rows = [[chart for row in rows for chart in row]]
    spec = finished(rows, width)
    if ending == ".svg":
        text: str = vl_convert.vegalite_to_svg(spec, vl_version=VEGA_LITE)
        return text.encode()
    if ending == ".png":
        picture: bytes = vl_convert.vegalite_to_png(spec, vl_version=VEGA_LITE, scale=SHARPNESS)
        return picture
    document: bytes = vl_convert.vegalite_to_pdf(spec, vl_version=VEGA_LITE)
    return document
