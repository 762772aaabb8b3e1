"""Charts as Vega-Lite specifications: the same for a page, where they react to the pointer, and for a paper."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from hashbench.reporting.method_names import Point
from hashbench.reporting.metric_names import axis_title

VEGA_LITE = "6.1"
"""The version of Vega-Lite that charts are written for and drawn with."""

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#8A6D00")
"""The colours of Okabe and Ito, distinct for the colour-blind; the yellow is darkened to be visible on white."""

SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-right", "triangle-left")
DASHES = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [12, 3], [1, 3])
BALANCE = {"domain": [0, 0.5, 1], "range": ["#0072B2", "#EEEEEE", "#D55E00"]}
HEIGHT = 300
LEGEND_LETTERS = 48
FIXED_WIDTH = "monospace"
"""The font of row names: every viewer draws it as wide as the room that was computed for it."""

LOG_RATIO = 8
"""A parameter is drawn on a logarithmic scale from this ratio of its largest to its smallest value."""

FRONT_COLOUR = "#767676"

CURVE_TITLES = {"validation HR": "validation HR = hits / validation items (recall)"}
"""Axis titles of training curves whose name needs a definition."""

Spec = dict[str, Any]

CLICKED: Spec = {"name": "clicked", "select": {"type": "point", "fields": ["method"]}, "bind": "legend"}
"""The methods clicked in a legend; none at first, which shows all."""

NEAR: Spec = {
    "name": "near",
    "select": {"type": "point", "nearest": True, "on": "pointerover", "clear": "pointerout"},
}
HIGHLIGHT: Spec = {"condition": {"param": "clicked", "value": 1}, "value": 0.12}
FROM_DATA: Spec = {"zero": False}
INSIDE: Spec = {"nice": False, "padding": 20}


def trade_off(points: Sequence[Point], quality: str, cost: str, title: str, cost_direction: int = -1) -> Spec:
    """Draw quality against a cost; the points of the Pareto front are filled and joined by a line.

    `cost_direction` is -1 where less of the cost is better. The scale is logarithmic if all costs are above 0.
    """
    logarithmic = all(point["cost"] > 0 for point in points)
    line = {
        "transform": [{"filter": "datum.front"}],
        "mark": {
            "type": "line",
            "color": FRONT_COLOUR,
            "strokeDash": [4, 3],
            "interpolate": "step-after" if cost_direction < 0 else "step-before",
        },
        "encoding": {"order": {"field": "cost", "type": "quantitative"}},
    }
    marks = {
        "params": [CLICKED],
        "mark": {"type": "point", "size": 90, "strokeWidth": 2},
        "encoding": {
            "stroke": _by("method", points, COLOURS),
            "fill": _by("method", points, COLOURS),
            "shape": _by("retriever", points, SHAPES),
            "fillOpacity": {"condition": {"test": "datum.front", "value": 0.85}, "value": 0},
            "opacity": HIGHLIGHT,
            "tooltip": [_named(name) for name in ("method", "retriever", quality, cost, "run")],
        },
    }
    scale: Spec = {"type": "log"} if logarithmic else {"type": "linear", "zero": False}
    scale |= INSIDE
    axis = {"tickCount": 6, "labelBound": True}
    return _chart(
        points,
        encoding={
            "x": _number("cost", f"{title} (log)" if logarithmic else title, scale=scale, axis=axis),
            "y": _number("quality", axis_title(quality), scale=FROM_DATA),
        },
        layer=[line, marks],
    )


def hr_by_n(points: Sequence[Point]) -> Spec:
    """Draw HR by n, one line for each method and retriever."""
    lines = {
        "x": _number("n", "n", scale={"nice": False}),
        "y": _number("hr", axis_title("hr@n")),
        "color": _by("method", points, COLOURS),
        "strokeDash": _by("retriever", points, DASHES, {"symbolType": "stroke", "symbolSize": 400}),
    }
    tooltip = [_number("n"), _number("hr", "HR@n", format=".4f"), _named("method"), _named("retriever")]
    return _lines(points, lines, tooltip)


def epochs(points: Sequence[Point], value: str) -> Spec | None:
    """Draw training curves of "loss", "AUC" or "validation HR", one for each method and seed; a dot is the best epoch.

    Return None if there are fewer than two epochs with that value.
    """
    known = [point for point in points if point[value] is not None]
    if len({point["epoch"] for point in known}) < 2:
        return None
    lines = {
        "x": _number("epoch", "epoch", axis={"tickMinStep": 1}),
        "y": _number(value, CURVE_TITLES.get(value, value), scale=FROM_DATA),
        "color": _by("method", known, COLOURS),
        "detail": [_named("seed"), _named("stage")],
    }
    best = {
        "transform": [{"filter": "datum.best"}],
        "mark": {"type": "point", "filled": True, "size": 60},
        "encoding": lines | {"opacity": HIGHLIGHT},
    }
    tooltip = [_named("method"), _named("seed"), _named("stage"), _number("epoch")]
    return _lines(known, lines, [*tooltip, _number(value, value, format=".4f")], best)


def sweep(points: Sequence[Point], parameter: str, quality: str) -> Spec:
    """Draw quality by a parameter, on a logarithmic scale if its values span a ratio of `LOG_RATIO` or more."""
    least, most = (bound(point["value"] for point in points) for bound in (min, max))
    logarithmic = least > 0 and most / least >= LOG_RATIO
    scale: Spec = {"type": "log"} if logarithmic else {"type": "linear", "zero": False}
    tooltip = [_named("method"), _named("retriever"), _number("value", parameter)]
    tooltip += [_number("quality", quality, format=".4f"), _number("p50_ms"), _named("run")]
    return _chart(
        points,
        params=[CLICKED],
        mark={"type": "line", "point": {"size": 60}},
        encoding={
            "x": _number("value", f"{parameter} (log)" if logarithmic else parameter, scale=scale | INSIDE),
            "y": _number("quality", axis_title(quality), scale=FROM_DATA),
            "color": _by("method", points, COLOURS),
            "strokeDash": _by("retriever", points, DASHES, {"symbolType": "stroke", "symbolSize": 400}),
            "opacity": HIGHLIGHT,
            "tooltip": tooltip,
        },
    )


def bars(points: Sequence[Point], quality: str) -> Spec:
    """Draw the quality of each row as a bar with its value, best first."""
    best_first = _distinct("method", sorted(points, key=lambda point: -point["quality"]))
    rows = {"sort": best_first, "axis": {"title": None, "labelLimit": 300, "labelFont": FIXED_WIDTH}}
    several = len(_distinct("retriever", points)) > 1
    value = _number("quality", quality, format=".4f")
    return _chart(
        points,
        height=max(60, 26 * len(points)),
        encoding={
            "x": _number("quality", axis_title(quality)),
            "y": _named("method") | rows,
            "tooltip": [_named("method"), _named("retriever"), value, _named("run")],
            **({"yOffset": _named("retriever")} if several else {}),
        },
        layer=[
            {"mark": "bar", "encoding": {"color": _by("retriever", points, COLOURS)}},
            {"mark": {"type": "text", "align": "left", "dx": 4}, "encoding": {"text": value}},
        ],
    )


def bits(points: Sequence[Point]) -> Spec:
    """Draw the share of ones of each bit, one row for each method; balanced bits are grey."""
    methods, n_bits = _distinct("method", points), max(point["bit"] for point in points) + 1
    numbers = {"labelAngle": 0, "labelOverlap": True, "values": list(range(0, n_bits, max(1, n_bits // 16)))}
    rows = {"sort": methods, "axis": {"title": None, "labelLimit": 160, "labelFont": FIXED_WIDTH}}
    return _chart(
        points,
        height=max(60, 26 * len(methods)),
        mark="rect",
        encoding={
            "x": {"field": "bit", "type": "ordinal", "axis": numbers},
            "y": _named("method") | rows,
            "color": _number("ones", "share of ones", scale=BALANCE, legend={"orient": "bottom"}),
            "tooltip": [
                _named("method"),
                _named("bit"),
                _number("ones", "share of ones", format=".3f"),
                _number("entropy", format=".4f"),
            ],
        },
    )


def distances(points: Sequence[Point]) -> Spec:
    """Draw the distribution of the Hamming distances between users and items."""
    lines = {
        "x": _number("distance", "Hamming distance, user to item"),
        "y": _number("share", "share of pairs", axis={"format": "%"}),
        "color": _by("method", points, COLOURS),
    }
    return _lines(points, lines, [_named("method"), _number("distance"), _number("share", format=".3%")])


def complete_spec(rows: Sequence[Sequence[Spec]], width: int | str) -> Spec:
    """Return the complete specification of a chart, or of rows of charts.

    Each chart is `width` wide: in pixels, or "container". Each has its own colours, since charts may have different
    methods.
    """
    sized = [[chart | {"width": width} for chart in row] for row in rows]
    independent = dict.fromkeys(("color", "stroke", "fill", "shape", "strokeDash"), "independent")
    side_by_side = [{"hconcat": row, "resolve": {"scale": independent}} for row in sized]
    spec: Spec = (
        side_by_side[0] if len(side_by_side) == 1 else {"vconcat": side_by_side, "resolve": {"scale": independent}}
    )
    if len(sized) == len(sized[0]) == 1:
        spec = sized[0][0]
    text = {"labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal"}
    legends = {"bottom": {"direction": "vertical", "anchor": "start", "margin": 6}}
    return {
        "$schema": f"https://vega.github.io/schema/vega-lite/v{VEGA_LITE.partition('.')[0]}.json",
        "config": {
            "font": "Helvetica, Arial, sans-serif",
            "axis": text | {"gridColor": "#E5E5E5"},
            "legend": text | {"labelLimit": 260, "symbolLimit": 0, "layout": legends},  # all names, however many
            "view": {"stroke": None},
        },
        **spec,
    }


def without_pointer(chart: Spec) -> Spec:
    """Return a chart without the layers that only the pointer shows."""
    if "layer" not in chart:
        return chart
    return chart | {"layer": [layer for layer in chart["layer"] if NEAR not in layer.get("params", ())]}


def _chart(points: Sequence[Point], **parts: Any) -> Spec:
    return {"data": {"values": list(points)}, "height": HEIGHT, **parts}


def _lines(points: Sequence[Point], encoding: Spec, tooltip: Sequence[Spec], *more: Spec) -> Spec:
    """Draw lines and, at the pointer, the nearest point with its tooltip."""
    dots = {
        "params": [NEAR],
        "mark": {"type": "point", "filled": True, "size": 70},
        "encoding": encoding
        | {
            "opacity": {"condition": {"param": "near", "empty": False, "value": 1}, "value": 0},
            "tooltip": list(tooltip),
        },
    }
    lines = {
        "params": [CLICKED],
        "mark": {"type": "line", "strokeWidth": 2},
        "encoding": encoding | {"opacity": HIGHLIGHT},
    }
    return _chart(points, layer=[lines, *more, dots])


def _by(name: str, points: Sequence[Point], values: Sequence[Any], legend_options: Spec | None = None) -> Spec:
    """Encode each name by its own value: a colour, a shape or a dash."""
    names = _distinct(name, points)
    scale = {"domain": names, "range": [values[index % len(values)] for index in range(len(names))]}
    # Names stand side by side as long as they cannot overlap in any viewer's font.
    columns = max(1, min(3, LEGEND_LETTERS // max(len(str(text)) for text in names))) if names else 1
    legend = {"orient": "bottom", "direction": "vertical", "columns": columns, "title": None, **(legend_options or {})}
    return _named(name) | {"scale": scale, "legend": legend}


def _number(field: str, title: str | None = None, **options: Any) -> Spec:
    return {"field": _field(field), "type": "quantitative", "title": title or field, **options}


def _named(field: str) -> Spec:
    return {"field": _field(field), "type": "nominal", "title": field}


def _field(name: str) -> str:
    """Escape a field's name for Vega-Lite, where a dot or bracket would mean a nested field."""
    return name.replace(".", "\\.").replace("[", "\\[").replace("]", "\\]")


def _distinct(name: str, points: Iterable[Point]) -> list[Any]:
    return list(dict.fromkeys(point[name] for point in points))
