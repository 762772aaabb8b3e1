"""Figures as Vega-Lite specifications: the same for a page, where they answer the pointer, and for a paper."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from hashbench.report.points import Point

VEGA_LITE = "6.1"
"""The version of Vega-Lite that charts are written in, and that is to draw them."""

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#8A6D00")
"""Okabe and Ito's colours, which the colour-blind tell apart; the yellow is darker, to be seen on white."""

SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-right", "triangle-left")
DASHES = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [12, 3], [1, 3])
BALANCE = {"domain": [0, 0.5, 1], "range": ["#0072B2", "#EEEEEE", "#D55E00"]}
HEIGHT = 300
LEGEND_LETTERS = 48
EQUAL = "monospace"
"""The font of names that begin at the edge: as wide for every viewer as it was when room was made for it."""

WIDE = 8
FRONT = "#767676"

Spec = dict[str, Any]

CLICKED: Spec = {"name": "clicked", "select": {"type": "point", "fields": ["method"]}, "bind": "legend"}
"""The methods that were clicked in a legend; none at first, which shows all."""

NEAR: Spec = {
    "name": "near",
    "select": {"type": "point", "nearest": True, "on": "pointerover", "clear": "pointerout"},
}
LIT: Spec = {"condition": {"param": "clicked", "value": 1}, "value": 0.12}
FROM_DATA: Spec = {"zero": False}
INSIDE: Spec = {"nice": False, "padding": 20}


def trade_off(points: Sequence[Point], quality: str, cost: str, title: str, cheaper: int = -1) -> Spec:
    """Draw quality against a cost; the points of the front are filled, a line joins them.

    `cheaper` is -1 where less of it is better. Costs are on a logarithmic scale where all are above 0.
    """
    logarithmic = all(point["cost"] > 0 for point in points)
    line = {
        "transform": [{"filter": "datum.front"}],
        "mark": {
            "type": "line",
            "color": FRONT,
            "strokeDash": [4, 3],
            "interpolate": "step-after" if cheaper < 0 else "step-before",
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
            "opacity": LIT,
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
            "y": _number("quality", quality, scale=FROM_DATA),
        },
        layer=[line, marks],
    )


def hit_rates(points: Sequence[Point]) -> Spec:
    """Draw the hit rate by n, a line a method and retriever."""
    lines = {
        "x": _number("n", "n", scale={"nice": False}),
        "y": _number("hr", "HR@n"),
        "color": _by("method", points, COLOURS),
        "strokeDash": _by("retriever", points, DASHES, {"symbolType": "stroke", "symbolSize": 400}),
    }
    told = [_number("n"), _number("hr", "HR@n", format=".4f"), _named("method"), _named("retriever")]
    return _lines(points, lines, told)


def epochs(points: Sequence[Point], value: str) -> Spec | None:
    """Draw a training curve of "loss", "AUC" or "validation HR", a line a method and seed; its best epoch is a dot."""
    known = [point for point in points if point[value] is not None]
    if len({point["epoch"] for point in known}) < 2:
        return None
    lines = {
        "x": _number("epoch", "epoch", axis={"tickMinStep": 1}),
        "y": _number(value, value, scale=FROM_DATA),
        "color": _by("method", known, COLOURS),
        "detail": [_named("seed"), _named("stage")],
    }
    best = {
        "transform": [{"filter": "datum.kept"}],
        "mark": {"type": "point", "filled": True, "size": 60},
        "encoding": lines | {"opacity": LIT},
    }
    told = [_named("method"), _named("seed"), _named("stage"), _number("epoch"), _number(value, value, format=".4f")]
    return _lines(known, lines, told, best)


def sweep(points: Sequence[Point], parameter: str, quality: str) -> Spec:
    """Draw quality by a parameter, which is on a logarithmic scale where the most is `WIDE` times the least or more."""
    least, most = (bound(point["value"] for point in points) for bound in (min, max))
    wide = least > 0 and most / least >= WIDE
    scale: Spec = {"type": "log"} if wide else {"type": "linear", "zero": False}
    told = [_named("method"), _named("retriever"), _number("value", parameter)]
    told += [_number("quality", quality, format=".4f"), _number("p50_ms"), _named("run")]
    return _chart(
        points,
        params=[CLICKED],
        mark={"type": "line", "point": {"size": 60}},
        encoding={
            "x": _number("value", f"{parameter} (log)" if wide else parameter, scale=scale | INSIDE),
            "y": _number("quality", quality, scale=FROM_DATA),
            "color": _by("method", points, COLOURS),
            "strokeDash": _by("retriever", points, DASHES, {"symbolType": "stroke", "symbolSize": 400}),
            "opacity": LIT,
            "tooltip": told,
        },
    )


def bars(points: Sequence[Point], quality: str) -> Spec:
    """Draw the quality of each row as a bar with its value, best first."""
    best_first = _distinct("method", sorted(points, key=lambda point: -point["quality"]))
    rows = {"sort": best_first, "axis": {"title": None, "labelLimit": 300, "labelFont": EQUAL}}
    several = len(_distinct("retriever", points)) > 1
    value = _number("quality", quality, format=".4f")
    return _chart(
        points,
        height=max(60, 26 * len(points)),
        encoding={
            "x": _number("quality", quality),
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
    """Draw the share of ones of each bit, a row a method: grey where it is balanced."""
    methods, n_bits = _distinct("method", points), max(point["bit"] for point in points) + 1
    numbers = {"labelAngle": 0, "labelOverlap": True, "values": list(range(0, n_bits, max(1, n_bits // 16)))}
    rows = {"sort": methods, "axis": {"title": None, "labelLimit": 160, "labelFont": EQUAL}}
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
    """Draw how the distances between users and items are distributed."""
    lines = {
        "x": _number("distance", "Hamming distance, user to item"),
        "y": _number("share", "share of pairs", axis={"format": "%"}),
        "color": _by("method", points, COLOURS),
    }
    return _lines(points, lines, [_named("method"), _number("distance"), _number("share", format=".3%")])


def finished(rows: Sequence[Sequence[Spec]], width: int | str) -> Spec:
    """Return the whole specification of a chart, or of rows of charts, each `width` wide: pixels, or "container".

    Each of several has its own colours, for it may have methods that the others have not.
    """
    wide = [[chart | {"width": width} for chart in row] for row in rows]
    own = dict.fromkeys(("color", "stroke", "fill", "shape", "strokeDash"), "independent")
    together = [{"hconcat": row, "resolve": {"scale": own}} for row in wide]
    whole: Spec = together[0] if len(together) == 1 else {"vconcat": together, "resolve": {"scale": own}}
    if len(wide) == len(wide[0]) == 1:
        whole = wide[0][0]
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
        **whole,
    }


def still(chart: Spec) -> Spec:
    """Return a chart without what only the pointer shows."""
    if "layer" not in chart:
        return chart
    return chart | {"layer": [one for one in chart["layer"] if NEAR not in one.get("params", ())]}


def _chart(points: Sequence[Point], **parts: Any) -> Spec:
    return {"data": {"values": list(points)}, "height": HEIGHT, **parts}


def _lines(points: Sequence[Point], encoding: Spec, told: Sequence[Spec], *more: Spec) -> Spec:
    """Draw lines and, at the pointer, the nearest one's point with what it tells."""
    dots = {
        "params": [NEAR],
        "mark": {"type": "point", "filled": True, "size": 70},
        "encoding": encoding
        | {"opacity": {"condition": {"param": "near", "empty": False, "value": 1}, "value": 0}, "tooltip": list(told)},
    }
    lines = {"params": [CLICKED], "mark": {"type": "line", "strokeWidth": 2}, "encoding": encoding | {"opacity": LIT}}
    return _chart(points, layer=[lines, *more, dots])


def _by(name: str, points: Sequence[Point], values: Sequence[Any], looks: Spec | None = None) -> Spec:
    """Encode a name by a value of its own: a colour, a shape, a dash."""
    names = _distinct(name, points)
    scale = {"domain": names, "range": [values[place % len(values)] for place in range(len(names))]}
    # Names stand beside each other as long as no viewer's font, however wide, makes them overlap.
    columns = max(1, min(3, LEGEND_LETTERS // max(len(str(one)) for one in names))) if names else 1
    legend = {"orient": "bottom", "direction": "vertical", "columns": columns, "title": None, **(looks or {})}
    return _named(name) | {"scale": scale, "legend": legend}


def _number(field: str, title: str | None = None, **options: Any) -> Spec:
    return {"field": _field(field), "type": "quantitative", "title": title or field, **options}


def _named(field: str) -> Spec:
    return {"field": _field(field), "type": "nominal", "title": field}


def _field(name: str) -> str:
    """Return a field's name as Vega-Lite wants it, where a point or bracket means a part of a part."""
    return name.replace(".", "\\.").replace("[", "\\[").replace("]", "\\]")


def _distinct(name: str, points: Iterable[Point]) -> list[Any]:
    return list(dict.fromkeys(point[name] for point in points))
