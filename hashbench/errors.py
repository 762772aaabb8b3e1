"""What goes wrong for a user: one class, raised with what, where and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class HashbenchError(Exception):
    """A user's error; the command line prints its text as one line and exits with `exit_code`."""

    exit_code = 2


class UnknownName(HashbenchError):
    """A name that no component, field or file has."""


class BadParameter(HashbenchError):
    """A parameter that is unknown, of the wrong type or out of range."""


class BadData(HashbenchError):
    """A data file, or a data set, that cannot be used."""


class BadRecord(HashbenchError):
    """A file of the results folder that is foreign, damaged or of a newer version."""


class Unwritable(HashbenchError):
    """A folder that results cannot be written to."""


class RunFailed(HashbenchError):
    """A run that started and could not end well (a loss that is not finite, say)."""

    exit_code = 1


class RunInterrupted(HashbenchError):
    """A run stopped by the user."""

    exit_code = 130


def why(error: Exception) -> str:
    """Return what the system says of a file that cannot be read or written, such as "permission denied"."""
    return (getattr(error, "strerror", None) or str(error)).lower()


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return ` Did you mean 'x'?` with the one nearest known name, or nothing."""
    close = get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f" Did you mean '{close[0]}'?" if close else ""
