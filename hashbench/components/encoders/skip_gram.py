"""Skip-gram with negative sampling: the noise distribution that network embeddings share."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

TABLE = 1 << 20
"""Entries of a noise table."""


def noise_table(degrees: NDArray[np.int64], power: float = 0.75) -> NDArray[np.int32]:
    """Return int32[TABLE] of nodes, each in proportion to degree^power (¾ in Mikolov et al., NIPS 2013).

    A uniform draw of an entry is a draw of a negative. Nodes without neighbours have no entry, whatever the power.
    """
    shares = np.cumsum(np.where(degrees > 0, np.maximum(degrees, 1).astype(np.float64) ** power, 0.0))
    quantiles = (np.arange(TABLE) + 0.5) / TABLE * shares[-1]
    table: NDArray[np.int32] = np.searchsorted(shares, quantiles).astype(np.int32)
    return table
