"""Trained models, cached beside the records so that nothing is trained twice. The cache can be deleted at any time."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from hashbench.errors import BadRecord
from hashbench.protocols import Hashed
from hashbench.results import model_file
from hashbench.results.record import StageSummary

Kind = Literal["codes", "training"]
SUFFIX = ".safetensors"


@dataclass(frozen=True, eq=False)
class CachedModel:
    """Codes and embeddings of users and items, the course of the training, and the versions that made them."""

    users: Hashed
    items: Hashed
    training: list[StageSummary]
    provenance: dict[str, str]


@dataclass(frozen=True)
class Entry:
    """A file of the cache: codes and embeddings of a model, or the weights of one stage of training."""

    kind: Kind
    file: Path
    size: int


class ModelCache:
    """A folder with one file per model (codes and embeddings) and one per stage of training (weights)."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def codes(self, model_id: str) -> Path:
        """Return the file of a model's codes and embeddings."""
        return self.path / f"{model_id}{SUFFIX}"

    def training(self, stage_id: str) -> Path:
        """Return the file of a stage's weights; until the stage has ended, of its last checkpoint."""
        return self.path / "training" / f"{stage_id}{SUFFIX}"

    def write(self, model_id: str, model: CachedModel) -> Path:
        """Write a model; raises `OSError`."""
        file = self.codes(model_id)
        metadata = {
            "training": json.dumps([stage.model_dump(mode="json") for stage in model.training]),
            "provenance": json.dumps(model.provenance),
        }
        file.parent.mkdir(parents=True, exist_ok=True)
        model_file.write(file, model.users, model.items, metadata)
        return file

    def read(self, model_id: str) -> CachedModel | None:
        """Return a cached model, or None; raises `BadRecord` that names the file and the reason."""
        file = self.codes(model_id)
        if not file.is_file():
            return None
        try:
            metadata = model_file.read_metadata(file)
            training = TypeAdapter(list[StageSummary]).validate_json(metadata.get("training", "[]"))
            return CachedModel(*model_file.read(file), training, json.loads(metadata.get("provenance", "{}")))
        except BadRecord as error:
            raise BadRecord(f"{file}: {error}") from None
        except (ValidationError, ValueError):
            raise BadRecord(f"{file}: damaged (its training metadata cannot be read)") from None

    def provenance(self, model_id: str) -> dict[str, str] | None:
        """Return the versions that made a cached model, or None. Its tensors are not read."""
        try:
            provenance = json.loads(model_file.read_metadata(self.codes(model_id)).get("provenance", "{}"))
        except (BadRecord, ValueError):
            return None
        return provenance if isinstance(provenance, dict) else None

    def entries(self) -> list[Entry]:
        """Return the cached files, by name."""
        entries: list[Entry] = []
        folders: Iterable[tuple[Kind, Path]] = (("codes", self.path), ("training", self.path / "training"))
        for kind, folder in folders:
            entries += [Entry(kind, file, file.stat().st_size) for file in sorted(folder.glob(f"*{SUFFIX}"))]
        return entries
