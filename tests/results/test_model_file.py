"""What a model gives, kept as a file: whole or named as damaged."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashbench.data.codes import Codes
from hashbench.errors import BadRecord
from hashbench.protocols import Hashed
from hashbench.results import model_file


def a_side(n: int, n_bits: int, codes: bool, embeddings: bool, bit_values: bool) -> Hashed:
    rng = np.random.default_rng(n)
    values = rng.standard_normal((n, n_bits)).astype(np.float32)
    return Hashed(
        Codes.from_signs(values) if codes else None,
        values if embeddings or not codes else None,
        np.abs(values[:2]) if bit_values and n > 1 else None,
    )


@given(st.integers(2, 9), st.integers(1, 70), st.booleans(), st.booleans(), st.booleans())
def test_both_sides_come_back(
    tmp_path_factory: pytest.TempPathFactory, n: int, n_bits: int, codes: bool, embeddings: bool, bit_values: bool
) -> None:
    file = tmp_path_factory.mktemp("models") / "one.safetensors"
    written = a_side(n, n_bits, codes, embeddings, bit_values), a_side(n + 1, n_bits, True, embeddings, False)
    model_file.write(file, *written)
    for side, loaded in zip(written, model_file.read(file), strict=True):
        assert (side.codes is None) == (loaded.codes is None)
        if side.codes is not None and loaded.codes is not None:
            assert loaded.codes.n_bits == n_bits
            assert np.array_equal(loaded.codes.packed, side.codes.packed)
        for name in ("embeddings", "bit_values"):
            before, after = getattr(side, name), getattr(loaded, name)
            assert (before is None) == (after is None)
            assert before is None or np.array_equal(before, after)


def test_a_file_cut_anywhere_is_damaged(tmp_path: Path) -> None:
    file = tmp_path / "one.safetensors"
    model_file.write(file, *(a_side(5, 9, True, True, True),) * 2)
    whole = file.read_bytes()
    for length in range(0, len(whole), 7):
        file.write_bytes(whole[:length])
        with pytest.raises(BadRecord, match="damaged"):
            model_file.read(file)


def test_tensors_of_another_kind_are_damage(tmp_path: Path) -> None:
    from safetensors.numpy import save_file

    file = tmp_path / "one.safetensors"
    for tensors in ({}, {"users.embeddings": np.zeros(3, np.float32)}, {"users.codes": np.zeros((2, 1), np.int32)}):
        save_file(tensors, file)
        with pytest.raises(BadRecord, match="damaged"):
            model_file.read(file)
