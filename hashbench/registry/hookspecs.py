"""The hooks that a plugin may implement. docs/plugins.md shows a whole package."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    import click

    from hashbench import protocols
    from hashbench.results.record import RunRecord
    from hashbench.spec import System

hookspec = pluggy.HookspecMarker("hashbench")
hookimpl = pluggy.HookimplMarker("hashbench")


@hookspec
def hashbench_datasets() -> Iterable[type[protocols.Dataset]]:  # type: ignore[empty-body]
    """Return data set classes."""


@hookspec
def hashbench_splits() -> Iterable[type[protocols.Splitter]]:  # type: ignore[empty-body]
    """Return classes that split interactions into training, validation and test."""


@hookspec
def hashbench_encoders() -> Iterable[type[protocols.Encoder]]:  # type: ignore[empty-body]
    """Return encoder classes."""


@hookspec
def hashbench_hash_heads() -> Iterable[type[protocols.HashHead]]:  # type: ignore[empty-body]
    """Return hash head classes."""


@hookspec
def hashbench_objectives() -> Iterable[type[protocols.Objective]]:  # type: ignore[empty-body]
    """Return objective classes."""


@hookspec
def hashbench_retrievers() -> Iterable[type[protocols.Retriever]]:  # type: ignore[empty-body]
    """Return retriever classes."""


@hookspec
def hashbench_metrics() -> Iterable[type[protocols.Metric]]:  # type: ignore[empty-body]
    """Return metric classes."""


@hookspec
def hashbench_systems() -> Iterable[System]:  # type: ignore[empty-body]
    """Return systems: named combinations of an encoder, a head, an objective and training options."""


@hookspec
def hashbench_commands(cli: click.Group) -> None:
    """Add commands to the command line."""


@hookspec
def hashbench_run_finished(record: RunRecord) -> None:
    """Receive a record that has just been written."""
