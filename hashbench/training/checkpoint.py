"""Checkpoints of a training stage on disk: to resume it or, once it has ended, to have its outcome again.

The file is in the safetensors format. Its tensors are named by what they belong to: `best.` the best weights, `model.`
the last ones, `adam.N.` the optimizer's state of weight N, `noise` the generator's state. All other values are JSON,
the "facts" in the file's metadata. A stage that has ended keeps its best weights and its history only.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from filelock import FileLock, Timeout
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from hashbench.errors import why
from hashbench.observers import Epoch
from hashbench.results.atomic import atomic_write_path
from hashbench.training.state import Checkpoint, OptimizerState, ResumePoint, TrainingState

FORMAT = 2
DAMAGED = (SafetensorError, OSError, ValueError, KeyError, TypeError)
"""What reading a damaged file may raise."""

Tensors = dict[str, Tensor]
Facts = dict[str, Any]


@dataclass(frozen=True)
class CheckpointFile:
    """The checkpoint of one stage; each later one replaces it.

    Failures of reading and writing are noted and never end a training. A stage whose checkpoint cannot be read is
    trained from its beginning; a stage whose checkpoint cannot be written goes on without it.

    Attributes:
        file: Where it is kept.
        provenance: The versions and the kind of device it depends on; files with another provenance are not used.
        note: Called with one line of text for the user.
        resume: Whether a file from earlier may be used.
        lock: With this file, one process at a time trains the stage; others wait and then find its outcome.
    """

    file: Path
    provenance: Mapping[str, str]
    note: Callable[[str], None]
    resume: bool = True
    lock: Path | None = None

    @contextmanager
    def locked(self) -> Iterator[None]:
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
        """Whether the file holds the outcome of the whole stage; its tensors are not read."""
        try:
            with safe_open(self.file, framework="pt") as stored:
                facts = _facts(stored)
        except DAMAGED:
            return False
        return bool(facts.get("stopped")) and self._is_current(facts)

    def load(self) -> Checkpoint | None:
        """Return the checkpoint, if there is one that may be used."""
        if not self.resume or not self.file.is_file():
            return None
        try:
            with safe_open(self.file, framework="pt") as stored:
                facts = _facts(stored)
                if not self._is_current(facts):
                    versions = _versions(facts.get("provenance"))
                    self.note(f"{self.file} is of other versions ({versions}): this stage is trained anew")
                    return None
                tensors = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118
            return _unpacked(tensors, facts)
        except DAMAGED as error:
            self.note(f"{self.file} is damaged ({error}): this stage is trained anew")
            return None

    def save(self, checkpoint: Checkpoint) -> None:
        """Write a checkpoint in place of the last one."""
        tensors, facts = _packed(checkpoint)
        facts |= {"format": FORMAT, "provenance": dict(self.provenance)}
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with atomic_write_path(self.file) as temporary:
                save_file(tensors, temporary, {"facts": json.dumps(facts)})  # writes from the tensors' own memory
        except (OSError, SafetensorError) as error:
            self.note(f"{self.file} cannot be written ({why(error)}): training goes on")

    def forget(self) -> None:
        """Delete the file."""
        with suppress(OSError):
            self.file.unlink(missing_ok=True)

    def _is_current(self, facts: Facts) -> bool:
        return facts.get("format") == FORMAT and facts.get("provenance") == dict(self.provenance)


def _packed(checkpoint: Checkpoint) -> tuple[Tensors, Facts]:
    state, resume_point = checkpoint.state, checkpoint.resume_point
    tensors = {f"best.{name}": weight for name, weight in state.best_weights.items()}
    facts: Facts = {
        "best_hr": state.best_hr,
        "best_epoch": state.best_epoch,
        "history": [asdict(epoch) for epoch in state.history],
        "stopped": state.stopped,
        "seconds": state.seconds,
    }
    if resume_point is not None:
        tensors |= {f"model.{name}": weight for name, weight in resume_point.weights.items()}
        for number, values in resume_point.optimizer.items():
            tensors |= {f"adam.{number}.{name}": torch.as_tensor(value) for name, value in values.items()}
        tensors["noise"] = resume_point.noise_rng
        facts["samples"] = resume_point.sample_rng
        facts["global_step"] = resume_point.global_step
        facts["first_loss"] = resume_point.first_loss
    return {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}, facts


def _unpacked(tensors: Tensors, facts: Facts) -> Checkpoint:
    state = TrainingState(
        best_weights=_below("best", tensors),
        best_hr=facts["best_hr"],
        best_epoch=facts["best_epoch"],
        history=[Epoch(**epoch) for epoch in facts["history"]],
        stopped=facts["stopped"],
        seconds=facts["seconds"],
    )
    if state.stopped:
        return Checkpoint(state, None)
    resume_point = ResumePoint(
        weights=_below("model", tensors),
        optimizer=_optimizer_state(_below("adam", tensors)),
        noise_rng=tensors["noise"],
        sample_rng=facts["samples"],
        global_step=facts["global_step"],
        first_loss=facts["first_loss"],
    )
    return Checkpoint(state, resume_point)


def _below(prefix: str, tensors: Tensors) -> Tensors:
    """Return the tensors called "prefix.name" by the rest of their names."""
    start = f"{prefix}."
    return {name.removeprefix(start): tensor for name, tensor in tensors.items() if name.startswith(start)}


def _optimizer_state(tensors: Tensors) -> OptimizerState:
    """Return the values of tensors called "number.name"; those that are no floats were Python integers."""
    state: OptimizerState = {}
    for key, tensor in tensors.items():
        number, _, name = key.partition(".")
        state.setdefault(int(number), {})[name] = tensor if tensor.is_floating_point() else int(tensor)
    return state


def _facts(stored: Any) -> Facts:
    facts: Facts = json.loads((stored.metadata() or {})["facts"])
    return facts


def _versions(provenance: Any) -> str:
    if not isinstance(provenance, dict):
        return "?"
    return ", ".join(f"{name} {version}" for name, version in provenance.items())
