"""Errors that a user can correct. Each message says what is wrong, where, and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class HashbenchError(Exception):
    """Base of all errors for users; the command line prints the text as one line and exits with `exit_code`."""

    exit_code = 2


class UnknownName(HashbenchError):
    """A name that no component, field or file has."""


class BadParameter(HashbenchError):
    """A parameter that is unknown, of the wrong type or out of range."""


class BadData(HashbenchError):
    """A data file or a data set that cannot be used."""


class BadRecord(HashbenchError):
    """A file in a results folder that is foreign, damaged or of a newer version."""


class Unwritable(HashbenchError):
    """A folder or file to which results cannot be written."""


class RunFailed(HashbenchError):
    """A run that started and failed, for instance because its loss is not finite."""

    exit_code = 1


class RunInterrupted(HashbenchError):
    """A run stopped by the user."""

    exit_code = 130


def why(error: Exception) -> str:
    """Return the operating system's reason why a file cannot be read or written, such as "permission denied"."""
    return (getattr(error, "strerror", None) or str(error)).lower()


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return ` Did you mean 'x'?` with the most similar known name, or an empty text if none is similar."""
    matches = get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f" Did you mean '{matches[0]}'?" if matches else ""
