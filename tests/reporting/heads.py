"""A results folder of three heads with two seeds each, and calls of `hashbench compare` on it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from hashbench.cli.compare import compare


def call(folder: Path, *options: str) -> Result:
    return CliRunner().invoke(compare, [str(folder), *options])


def rows(folder: Path, *options: str) -> Any:
    result = call(folder, *options, "--format", "json")
    assert result.exception is None, result.exception
    return json.loads(result.stdout)
