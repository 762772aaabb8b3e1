"""A record as strictly valid JSON that people can read, and back."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from hashbench.errors import BadRecord
from hashbench.results.record import FORMAT, RunRecord
from hashbench.results.upgrades import UPGRADES, Upgrade, upgrade

LINE = 110
"""What fits into so many characters stands on one line, and so does every list of plain values."""


def dumps(record: RunRecord) -> str:
    """Return the text of a record file; NaN and infinities are the strings "NaN", "Infinity" and "-Infinity"."""
    data = record.model_dump(mode="json")
    for stage in data["training"]:
        stage["history"] = _columns(stage["history"])
    return _pretty(_finite(data, _name_of), "") + "\n"


def as_json(record: RunRecord) -> dict[str, Any]:
    """Return the record for other programs: the fields of its file, with null for NaN and infinities."""
    plain: dict[str, Any] = without_nan(record.model_dump(mode="json"))
    return plain


def without_nan(value: Any) -> Any:
    """Return a JSON value with null in place of NaN and infinities."""
    return _finite(value, lambda number: None)


def loads(text: str, upgrades: Mapping[int, Upgrade] = UPGRADES, newest: int = FORMAT) -> RunRecord:
    """Read the text of a record file of any known format; raises `BadRecord` with the reason."""
    if not text.strip():
        raise BadRecord("empty file")
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        object_begun = text.lstrip().startswith("{")
        if object_begun and (error.pos >= len(text.rstrip()) or not text.rstrip().endswith("}")):
            raise BadRecord(f"truncated: it ends in line {len(text.splitlines())}") from None
        raise BadRecord(f"no JSON: {error.msg.lower()} at line {error.lineno}") from None
    except (ValueError, RecursionError) as error:
        raise BadRecord(f"no JSON: {error}") from None
    if not isinstance(data, dict) or not {"format", "run_id"} <= data.keys():
        raise BadRecord("JSON of another kind, no record of hashbench")
    try:
        return RunRecord.model_validate(upgrade(data, upgrades, newest))
    except ValidationError as error:
        raise BadRecord(f"damaged: {_first(error)}") from None


def _columns(rows: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """Return the epochs of a training as columns, which take half the space. Columns without values are left out."""
    columns = {name: [row[name] for row in rows] for name in (rows[0] if rows else ())}
    return {name: column for name, column in columns.items() if column.count(None) < len(column)}


def _finite(value: Any, replace: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return replace(value)
    if isinstance(value, dict):
        return {key: _finite(child, replace) for key, child in value.items()}
    if isinstance(value, list):
        return [_finite(child, replace) for child in value]
    return value


def _name_of(number: float) -> str:
    return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"


def _pretty(value: Any, indent: str) -> str:
    line = json.dumps(value, ensure_ascii=False, allow_nan=False)
    children = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    nested = any(isinstance(child, dict | list) for child in children)
    plain_list = isinstance(value, list) and not nested
    if not children or (indent and (plain_list or len(indent) + len(line) <= LINE)):
        return line
    deeper = indent + "  "
    if isinstance(value, dict):
        names = (json.dumps(name, ensure_ascii=False) for name in value)
        lines = [f"{deeper}{name}: {_pretty(child, deeper)}" for name, child in zip(names, children, strict=True)]
        return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
    return "[\n" + ",\n".join(deeper + _pretty(child, deeper) for child in value) + f"\n{indent}]"


def _first(error: ValidationError) -> str:
    problems = error.errors()
    detail = problems[0]
    where = ".".join(str(part) for part in detail["loc"])
    texts = {"missing": f"'{where}' is missing", "extra_forbidden": f"'{where}' is no field of a record"}
    text = texts.get(detail["type"], f"'{where}': {detail['msg'].lower()}")
    return text + (f" (and {len(problems) - 1} more)" if len(problems) > 1 else "")
