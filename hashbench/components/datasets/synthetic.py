"""Generated interactions with planted tastes: needs no file, scales to any size."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from hashbench.data.interactions import IntArray, Interactions, distinct
from hashbench.data.loaded import LoadedData
from hashbench.errors import BadParameter
from hashbench.protocols import LoadContext

NICHES = 8  # of each taste
SLOTS = 4  # tastes of a user, with random weights
NICHE_SHARE = 0.45  # of the draws that follow a taste fall on the user's own niche of it
POPULARITY_EXPONENT, POPULARITY_SHIFT = 0.9, 8  # item of rank r: (r + shift)^-exponent
TASTE_EXPONENT, TASTE_SHIFT = 0.5, 3
ACTIVITY_SIGMA = 0.9
_UNIT = 1 << 30  # weights are integers, so that every platform draws the same
_CHUNK = 1 << 20  # interactions drawn together
_NOISE_ROUND, _UNIFORM_ROUND = 12, 24  # from here on, draws of users who are still short ignore tastes, popularity


@dataclass(frozen=True)
class Synthetic:
    """Users mix a few tastes and niches within them; popularity (Zipf) and activity (lognormal) have long tails.

    Exactly `interactions` distinct pairs, a function of the parameters alone; memory grows with their number, never
    with users × items.
    """

    name: ClassVar[str] = "synthetic"

    users: Annotated[int, Field(ge=2, le=100_000_000, description="number of users")] = 2_000
    items: Annotated[int, Field(ge=2, le=100_000_000, description="number of items")] = 1_500
    interactions: Annotated[int, Field(ge=2, le=2_000_000_000, description="number of distinct pairs")] = 100_000
    tastes: Annotated[int, Field(ge=1, le=10_000, description="number of planted tastes, of eight niches each")] = 30
    noise: Annotated[float, Field(ge=0, le=1, description="share of draws that ignore the user's tastes")] = 0.15
    seed: Annotated[int, Field(ge=0, description="seed of the data, apart from the run's seed")] = 0

    def __post_init__(self) -> None:
        most = self.users * self.items // 2
        if self.interactions > most:
            raise BadParameter(
                f"data set 'synthetic': interactions must be at most users × items / 2 = {most:,}, "
                f"got {self.interactions:,}"
            )

    def load(self, ctx: LoadContext) -> LoadedData:
        """Generate the data."""
        return LoadedData(self.generate(), f"generated, seed {self.seed}", files=())

    def generate(self) -> Interactions:
        """Draw users a chunk at a time, so that memory stays bounded."""
        rng = np.random.default_rng(self.seed)
        world = _World.drawn(self, rng)
        targets = _activity(self, rng)
        chunks = np.searchsorted(np.cumsum(targets), np.arange(0, self.interactions, _CHUNK), side="right")
        bounds = np.append(np.unique(chunks), self.users)
        pairs = np.concatenate([world.draw(self, targets, *chunk, rng) for chunk in pairwise(bounds)])
        return Interactions.from_pairs(pairs // self.items, pairs % self.items, self.users, self.items)


@dataclass(frozen=True, eq=False)
class _World:
    """Items in the order of their niches: `edges` int64[n_niches + 1] are cumulative popularities where niches begin.

    `ids` and `cumulative` go with the items; `tastes`, `niches` and `shares` (cumulative) are int64[n_users, SLOTS].
    """

    ids: IntArray
    cumulative: IntArray
    edges: IntArray
    tastes: IntArray
    niches: IntArray
    shares: IntArray

    @classmethod
    def drawn(cls, size: Synthetic, rng: np.random.Generator) -> _World:
        niches = np.sort(rng.integers(0, size.tastes * NICHES, size.items))
        weights = _power_law(size.items, POPULARITY_EXPONENT, POPULARITY_SHIFT)[rng.permutation(size.items)]
        cumulative = np.append(0, np.cumsum(weights))
        edges = cumulative[np.searchsorted(niches, np.arange(size.tastes * NICHES + 1))]
        popular = np.cumsum(_power_law(size.tastes, TASTE_EXPONENT, TASTE_SHIFT))
        slots = (size.users, SLOTS)
        tastes = np.searchsorted(popular, rng.integers(0, popular[-1], slots), side="right")
        shares = np.cumsum((rng.exponential(size=slots) * _UNIT).astype(np.int64) + 1, axis=1)
        return cls(rng.permutation(size.items), cumulative, edges, tastes, rng.integers(0, NICHES, slots), shares)

    def draw(self, size: Synthetic, targets: IntArray, start: int, stop: int, rng: np.random.Generator) -> IntArray:
        """Return `user * n_items + item` for users `start`…`stop - 1`, `targets[u]` distinct items each, ascending."""
        missing = targets[start:stop].copy()
        keys = np.zeros(0, np.int64)
        tries = 0
        while missing.any():
            users = np.repeat(np.arange(stop - start), missing + missing // 4 + 2 * (missing > 0))
            if tries < _UNIFORM_ROUND:
                items = self._items(users + start, size.noise if tries < _NOISE_ROUND else 1.0, rng)
            else:
                items = rng.integers(0, size.items, users.size)
            new = np.setdiff1d(distinct(users * size.items + items), keys, assume_unique=True)
            new = new[np.lexsort((rng.random(new.size), new // size.items))]
            owners = new // size.items
            place = np.arange(new.size) - np.searchsorted(owners, owners)
            new = new[place < missing[owners]]
            keys = np.sort(np.concatenate([keys, new]))
            missing -= np.bincount(new // size.items, minlength=missing.size)
            tries += 1
        return keys + start * size.items

    def _items(self, users: IntArray, noise: float, rng: np.random.Generator) -> IntArray:
        """Draw an item for each user: of all items, of one of the user's tastes, or of the user's niche in it."""
        shares = self.shares[users]
        slots = (rng.integers(0, shares[:, -1])[:, None] >= shares).sum(1)
        first = self.tastes[users, slots] * NICHES
        niche = first + self.niches[users, slots]
        chance = rng.random(users.size)
        anything, own = chance < noise, chance >= 1 - (1 - noise) * NICHE_SHARE
        low = self.edges[np.select([anything, own], [0, niche], first)]
        high = self.edges[np.select([anything, own], [self.edges.size - 1, niche + 1], first + NICHES)]
        empty = low == high
        low[empty], high[empty] = 0, self.edges[-1]
        places = np.searchsorted(self.cumulative, rng.integers(low, high), side="right") - 1
        drawn: IntArray = self.ids[places]
        return drawn


def _power_law(n: int, exponent: float, shift: int) -> IntArray:
    """Return integer weights of ranks 0…n-1."""
    return (_UNIT * (np.arange(n) + float(shift)) ** -exponent).astype(np.int64) + 1


def _activity(size: Synthetic, rng: np.random.Generator) -> IntArray:
    """Return how many items each user has: lognormal, at most 3/4 of the items, in sum as many as asked for."""
    least = min(3, size.interactions // size.users, max(1, size.items // 2))
    weights = (np.exp(rng.normal(0, ACTIVITY_SIGMA, size.users)) * (1 << 20)).astype(np.int64) + 1
    wanted = least + _apportioned(size.interactions - least * size.users, weights)
    most = max(1, 3 * size.items // 4)
    counts = np.minimum(wanted, most)
    return counts + _apportioned(size.interactions - int(counts.sum()), most - counts)


def _apportioned(total: int, weights: IntArray) -> IntArray:
    """Divide a total into integers in proportion to the weights."""
    if not total:
        return np.zeros(weights.size, np.int64)
    cumulative = np.cumsum(weights)
    bounds = np.floor(cumulative * (total / cumulative[-1])).astype(np.int64)
    bounds[-1] = total
    parts: IntArray = np.diff(np.minimum(bounds, total), prepend=0)
    return parts
