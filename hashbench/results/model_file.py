"""A model's codes and embeddings of users and items, as one safetensors file: no pickle, so reading runs no code."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from hashbench.data.codes import Codes
from hashbench.errors import BadRecord
from hashbench.protocols import Hashed
from hashbench.results.atomic import atomic_write


def write(file: Path, users: Hashed, items: Hashed, metadata: Mapping[str, str] | None = None) -> None:
    """Write the tensors of both sides, and metadata for `read_metadata`.

    Of users they are `users.codes` uint8[n, bytes], `users.embeddings` float32[n, dim] and `users.bit_values`
    float32[2, n_bits], as far as they exist; items have the same.
    """
    from safetensors.numpy import save

    tensors, notes = {}, dict(metadata or {})
    for side, hashed in (("users", users), ("items", items)):
        if hashed.codes is not None:
            tensors[f"{side}.codes"] = hashed.codes.packed
            notes["n_bits"] = str(hashed.codes.n_bits)
        if hashed.embeddings is not None:
            tensors[f"{side}.embeddings"] = np.ascontiguousarray(hashed.embeddings, np.float32)
        if hashed.bit_values is not None:
            tensors[f"{side}.bit_values"] = np.ascontiguousarray(hashed.bit_values, np.float32)
    with atomic_write(file) as stream:
        stream.write(save(tensors, notes))


def read(file: Path) -> tuple[Hashed, Hashed]:
    """Return users and items; raises `BadRecord` with the reason for a damaged file."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(file, framework="numpy") as stored:
            names, n_bits = set(stored.keys()), (stored.metadata() or {}).get("n_bits")

            def side(name: str) -> Hashed:
                codes, embeddings, bit_values = (
                    stored.get_tensor(f"{name}.{part}") if f"{name}.{part}" in names else None
                    for part in ("codes", "embeddings", "bit_values")
                )
                if embeddings is not None and (embeddings.ndim != 2 or embeddings.dtype != np.float32):
                    raise ValueError(
                        f"{name}.embeddings is {embeddings.dtype}{list(embeddings.shape)}, not a float32 matrix"
                    )
                if codes is None and embeddings is None:
                    raise ValueError(f"it holds neither codes nor embeddings of {name}")
                if codes is not None and codes.dtype != np.uint8:
                    raise ValueError(f"{name}.codes are {codes.dtype}, not uint8")
                return Hashed(None if codes is None else Codes(codes, int(n_bits or 0)), embeddings, bit_values)

            return side("users"), side("items")
    except (SafetensorError, OSError, ValueError) as error:
        raise BadRecord(f"damaged ({str(error).splitlines()[0]})") from None


def read_metadata(file: Path) -> dict[str, str]:
    """Return the metadata beside the tensors; raises `BadRecord` with the reason for a damaged file."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(file, framework="numpy") as stored:
            return stored.metadata() or {}
    except (SafetensorError, OSError) as error:
        raise BadRecord(f"damaged ({str(error).splitlines()[0]})") from None
