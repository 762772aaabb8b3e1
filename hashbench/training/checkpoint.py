"""A stage of training on disk: what it takes to go on with it or, once it has ended, to have its outcome again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from hashbench.errors import why
from hashbench.results.atomic import atomic_write_path

FORMAT = 1
DAMAGED = (SafetensorError, OSError, ValueError, KeyError)


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """Tensors by name, and facts that JSON can hold; among them why the stage `stopped`, once it has ended."""

    tensors: dict[str, Tensor]
    facts: dict[str, Any]


@dataclass(frozen=True)
class CheckpointFile:
    """One stage's checkpoint: a safetensors file, replaced by each later one.

    `provenance` names the versions and the kind of device it depends on; a file of others is left alone. `note` is told
    what becomes of it, for none of this ends a training: without its checkpoint it begins anew, on a full disk it goes
    on. With `lock` one process at a time trains the stage; others wait, and find it done.
    """

    file: Path
    provenance: Mapping[str, str]
    note: Callable[[str], None]
    resume: bool = True
    lock: Path | None = None

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep other processes away from this stage."""
        if self.lock is None:
            yield
            return
        lock = FileLock(self.lock)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            self.note(f"another process trains what is kept in {self.file.name}: waiting for it")
            lock.acquire()
        try:
            yield
        finally:
            lock.release()

    @property
    def has_ended(self) -> bool:
        """Say whether the outcome of the whole stage is there."""
        try:
            with safe_open(self.file, framework="pt") as stored:
                facts = _facts(stored)
        except DAMAGED:
            return False
        return bool(facts.get("stopped")) and self._fits(facts)

    def load(self) -> Checkpoint | None:
        """Return what was saved, if it can be gone on from here."""
        if not self.resume or not self.file.is_file():
            return None
        try:
            with safe_open(self.file, framework="pt") as stored:
                facts = _facts(stored)
                tensors = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118
        except DAMAGED as error:
            self.note(f"{self.file} is damaged ({error}): this stage is trained anew")
            return None
        if not self._fits(facts):
            self.note(
                f"{self.file} is of other versions ({_names(facts.get('provenance'))}): this stage is trained anew"
            )
            return None
        return Checkpoint(tensors, facts)

    def save(self, checkpoint: Checkpoint) -> None:
        """Replace what was saved before."""
        facts = checkpoint.facts | {"format": FORMAT, "provenance": dict(self.provenance)}
        tensors = {name: one.detach().cpu().contiguous() for name, one in checkpoint.tensors.items()}
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with atomic_write_path(self.file) as trial:
                save_file(tensors, trial, {"facts": json.dumps(facts)})  # from where they lie, without a copy
        except (OSError, SafetensorError) as error:
            self.note(f"{self.file} cannot be written ({why(error)}): training goes on")

    def _fits(self, facts: Mapping[str, Any]) -> bool:
        return facts.get("format") == FORMAT and facts.get("provenance") == dict(self.provenance)

    def forget(self) -> None:
        """Delete it."""
        with suppress(OSError):
            self.file.unlink(missing_ok=True)


def _facts(stored: Any) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads((stored.metadata() or {})["facts"])
    return facts


def _names(provenance: Any) -> str:
    return (
        ", ".join(f"{name} {version}" for name, version in provenance.items()) if isinstance(provenance, dict) else "?"
    )
