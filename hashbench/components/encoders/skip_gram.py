"""Skip-gram with negative sampling: the noise distribution that network embeddings share."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

TABLE = 1 << 20
"""Places of a table of noise: nodes have as many as is their share."""


def noise_table(degrees: NDArray[np.int64], power: float = 0.75) -> NDArray[np.int32]:
    """Return nodes in proportion to degree^power, ¾ in Mikolov et al. (NIPS 2013): int32[TABLE], to draw places from.

    Nodes without neighbours are left out, whatever the power.
    """
    shares = np.cumsum(np.where(degrees > 0, np.maximum(degrees, 1).astype(np.float64) ** power, 0.0))
    places = (np.arange(TABLE) + 0.5) / TABLE * shares[-1]
    found: NDArray[np.int32] = np.searchsorted(shares, places).astype(np.int32)
    return found
