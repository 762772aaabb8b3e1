"""Exit codes, and the two helpers that word a message."""

import pytest

from hashbench import errors
from hashbench.errors import HashbenchError, did_you_mean, why


def test_exit_codes() -> None:
    codes = {
        error.__name__: error.exit_code
        for error in vars(errors).values()
        if isinstance(error, type) and issubclass(error, HashbenchError)
    }
    assert {name: code for name, code in codes.items() if code != 2} == {"RunFailed": 1, "RunInterrupted": 130}
    assert codes["HashbenchError"] == 2


@pytest.mark.parametrize(
    ("name", "text"), [("haming", " Did you mean 'hamming'?"), ("xyz", ""), ("hammin", " Did you mean 'hamming'?")]
)
def test_one_suggestion_at_most(name: str, text: str) -> None:
    assert did_you_mean(name, ["hamming", "hierarchical", "hammers"]) == text


def test_the_reason_of_the_system() -> None:
    assert why(PermissionError(13, "Permission denied")) == "permission denied"
    assert why(ValueError("Not a zip file")) == "not a zip file"
