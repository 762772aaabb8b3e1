"""What models were trained, kept beside the records so that nothing is trained twice; it can be deleted at any time."""

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
    """Both sides hashed, how the training went, and the versions it was made by."""

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
    """A folder with a file a model (its codes and embeddings), and one a stage of training (its weights)."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def codes(self, model_id: str) -> Path:
        """Return where a model's codes and embeddings are kept."""
        return self.path / f"{model_id}{SUFFIX}"

    def training(self, stage_id: str) -> Path:
        """Return where the weights of a stage of training are kept, and its last checkpoint before it has ended."""
        return self.path / "training" / f"{stage_id}{SUFFIX}"

    def write(self, model_id: str, kept: CachedModel) -> Path:
        """Keep a model; raises `OSError`."""
        file = self.codes(model_id)
        about = {
            "training": json.dumps([stage.model_dump(mode="json") for stage in kept.training]),
            "provenance": json.dumps(kept.provenance),
        }
        file.parent.mkdir(parents=True, exist_ok=True)
        model_file.write(file, kept.users, kept.items, about)
        return file

    def read(self, model_id: str) -> CachedModel | None:
        """Return the model that is kept, or None; raises `BadRecord` that names the file and the reason."""
        file = self.codes(model_id)
        if not file.is_file():
            return None
        try:
            about = model_file.about(file)
            training = TypeAdapter(list[StageSummary]).validate_json(about.get("training", "[]"))
            return CachedModel(*model_file.read(file), training, json.loads(about.get("provenance", "{}")))
        except BadRecord as error:
            raise BadRecord(f"{file}: {error}") from None
        except (ValidationError, ValueError):
            raise BadRecord(f"{file}: damaged (what is said of its training cannot be read)") from None

    def provenance(self, model_id: str) -> dict[str, str] | None:
        """Return the versions that made the model that is kept, or None; its tensors are not read."""
        try:
            found = json.loads(model_file.about(self.codes(model_id)).get("provenance", "{}"))
        except (BadRecord, ValueError):
            return None
        return found if isinstance(found, dict) else None

    def entries(self) -> list[Entry]:
        """Return what is kept, by name."""
        found: list[Entry] = []
        folders: Iterable[tuple[Kind, Path]] = (("codes", self.path), ("training", self.path / "training"))
        for kind, folder in folders:
            found += [Entry(kind, file, file.stat().st_size) for file in sorted(folder.glob(f"*{SUFFIX}"))]
        return found
