"""Upgrades of old record files: numbered functions from dict to dict, applied in order."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from hashbench.errors import BadRecord
from hashbench.results.record import FORMAT
from hashbench.spec import identity

Upgrade = Callable[[dict[str, Any]], dict[str, Any]]

PARAMETERS_OF_3 = {
    "spread": "init_std",
    "unit": "normalize",
    "own_items": "separate_item_map",
    "normalise": "batch_norm",
    "float_weight": "embedding_loss_weight",
}
RENAMED_PARTS = ("encoder", "head", "training")
"""The parts of a spec whose texts have renamed parameters; a data set's path may look like one and stays."""
TRAIN_HEADS_OF_3 = {"with": "joint", "after": "post_hoc"}
FIELDS_OF_3 = {"seconds": "phase_seconds", "memory_bytes": "phase_memory_bytes"}
LATENCY_OF_3 = {
    "engine": "backend",
    "batch_engine": "batch_backend",
    "spread": "repeat_spread",
    "others": "background_load",
}


def to_format_3(data: dict[str, Any]) -> dict[str, Any]:
    """Rename parameters and fields to the terms of the field. Ids follow, since they are hashes of the spec."""
    renamed = {part: _renamed_text(data["spec"][part]) for part in RENAMED_PARTS if part in data["spec"]}
    spec = {**data["spec"], **renamed}
    spec["train_head"] = TRAIN_HEADS_OF_3.get(spec["train_head"], spec["train_head"])
    upgraded = _renamed(data, FIELDS_OF_3) | {
        "train_head": TRAIN_HEADS_OF_3.get(data["train_head"], data["train_head"]),
        "spec": spec,
        "resolved": {part: _renamed_component(value) for part, value in data["resolved"].items()},
        "command": _renamed_command(data["command"]),
        "training": [_renamed(stage, {"curve": "history"}) for stage in data.get("training", [])],
    }
    if data.get("latency"):
        upgraded["latency"] = _renamed(data["latency"], LATENCY_OF_3)
    if data["run_id"] == identity(data["spec"]):
        model_spec = {part: value for part, value in spec.items() if part not in ("retriever", "k", "index")}
        upgraded |= {"run_id": identity(spec), "model_id": identity(model_spec)}
    return upgraded


UPGRADES: Mapping[int, Upgrade] = {1: lambda data: data, 2: to_format_3}  # format 2 added optional fields
"""The function under n turns a record of format n into one of format n + 1."""


def upgrade(data: dict[str, Any], upgrades: Mapping[int, Upgrade] = UPGRADES, newest: int = FORMAT) -> dict[str, Any]:
    """Return the record as a dict of the newest format; raises `BadRecord` for a newer or an unknown one."""
    written = data["format"]
    if not isinstance(written, int) or isinstance(written, bool):
        raise BadRecord(f"damaged: its format is {written!r}, not a number")
    if written > newest:
        raise BadRecord(f"format {written} is newer than this hashbench reads ({newest}); upgrade hashbench")
    if written < min(upgrades, default=newest):
        raise BadRecord(f"format {written} is unknown; this hashbench reads {min(upgrades, default=newest)} and later")
    for number in range(written, newest):
        try:
            data = {**upgrades[number](data), "format": number + 1}
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise BadRecord(f"damaged: no upgrade from format {number} ({type(error).__name__}: {error})") from error
    return data


def _renamed(fields: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {names.get(name, name): value for name, value in fields.items()}


def _renamed_component(resolved: Mapping[str, Any]) -> dict[str, Any]:
    """Rename the parameters of a resolved component, or of the training options."""
    if "parameters" in resolved:
        return {**resolved, "parameters": _renamed(resolved["parameters"], PARAMETERS_OF_3)}
    return _renamed(resolved, PARAMETERS_OF_3)


def _renamed_text(text: str) -> str:
    """Rename the parameters of a component's text, such as "sage:unit=true"."""
    names = "|".join(PARAMETERS_OF_3)
    return re.sub(rf"(?<=[:,])({names})(?==)", lambda match: PARAMETERS_OF_3[match[1]], text)


def _renamed_command(command: str) -> str:
    for old, new in TRAIN_HEADS_OF_3.items():
        command = command.replace(f"--train-head {old}", f"--train-head {new}")
    return _renamed_text(command.replace("--float-weight", "--embedding-loss-weight"))
