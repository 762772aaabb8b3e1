"""Generated interactions with planted tastes. It needs no file and scales to any size."""

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

NICHES = 8  # per taste
SLOTS = 4  # tastes per user, with random weights
NICHE_SHARE = 0.45  # share of the draws that follow a taste and fall into the user's niche of it
POPULARITY_EXPONENT, POPULARITY_SHIFT = 0.9, 8  # item of rank r: (r + shift)^-exponent
TASTE_EXPONENT, TASTE_SHIFT = 0.5, 3
ACTIVITY_SIGMA = 0.9
_UNIT = 1 << 30  # integer weights, so that every platform draws the same
_CHUNK = 1 << 20  # interactions drawn together
_NOISE_ROUND, _UNIFORM_ROUND = 12, 24  # rounds from which draws ignore tastes, and popularity too


@dataclass(frozen=True)
class Synthetic:
    """Users mix a few tastes and niches within them; popularity (Zipf) and activity (lognormal) have long tails.

    There are exactly `interactions` distinct pairs, determined by the parameters alone. Memory grows with their number,
    never with users × items.
    """

    name: ClassVar[str] = "synthetic"

    users: Annotated[int, Field(ge=2, le=100_000_000, description="number of users")] = 2_000
    items: Annotated[int, Field(ge=2, le=100_000_000, description="number of items")] = 1_500
    interactions: Annotated[int, Field(ge=2, le=2_000_000_000, description="number of distinct pairs")] = 100_000
    tastes: Annotated[int, Field(ge=1, le=10_000, description="number of planted tastes, with eight niches each")] = 30
    noise: Annotated[float, Field(ge=0, le=1, description="share of draws that ignore the user's tastes")] = 0.15
    seed: Annotated[int, Field(ge=0, description="seed of the data, separate from the run's seed")] = 0

    def __post_init__(self) -> None:
        maximum = self.users * self.items // 2
        if self.interactions > maximum:
            raise BadParameter(
                f"data set 'synthetic': interactions must be at most users × items / 2 = {maximum:,}, "
                f"got {self.interactions:,}"
            )

    def load(self, ctx: LoadContext) -> LoadedData:
        """Generate the data."""
        return LoadedData(self.generate(), f"generated, seed {self.seed}", files=())

    def generate(self) -> Interactions:
        """Draw the users in chunks, so that memory stays bounded."""
        rng = np.random.default_rng(self.seed)
        catalogue = _Catalogue.draw(self, rng)
        targets = _activity(self, rng)
        chunks = np.searchsorted(np.cumsum(targets), np.arange(0, self.interactions, _CHUNK), side="right")
        bounds = np.append(np.unique(chunks), self.users)
        pairs = np.concatenate([catalogue.draw_pairs(self, targets, *chunk, rng) for chunk in pairwise(bounds)])
        return Interactions.from_pairs(pairs // self.items, pairs % self.items, self.users, self.items)


@dataclass(frozen=True, eq=False)
class _Catalogue:
    """Items in the order of their niches, and the users' tastes.

    `ids` int64[n_items] and `cumulative` int64[n_items + 1] are the items' numbers and cumulative popularities. `edges`
    int64[n_niches + 1] are the cumulative popularities at which niches begin. `tastes`, `niches` and the cumulative
    `shares` are int64[n_users, SLOTS].
    """

    ids: IntArray
    cumulative: IntArray
    edges: IntArray
    tastes: IntArray
    niches: IntArray
    shares: IntArray

    @classmethod
    def draw(cls, size: Synthetic, rng: np.random.Generator) -> _Catalogue:
        niches = np.sort(rng.integers(0, size.tastes * NICHES, size.items))
        weights = _power_law(size.items, POPULARITY_EXPONENT, POPULARITY_SHIFT)[rng.permutation(size.items)]
        cumulative = np.append(0, np.cumsum(weights))
        edges = cumulative[np.searchsorted(niches, np.arange(size.tastes * NICHES + 1))]
        popular = np.cumsum(_power_law(size.tastes, TASTE_EXPONENT, TASTE_SHIFT))
        slots = (size.users, SLOTS)
        tastes = np.searchsorted(popular, rng.integers(0, popular[-1], slots), side="right")
        shares = np.cumsum((rng.exponential(size=slots) * _UNIT).astype(np.int64) + 1, axis=1)
        return cls(rng.permutation(size.items), cumulative, edges, tastes, rng.integers(0, NICHES, slots), shares)

    def draw_pairs(
        self, size: Synthetic, targets: IntArray, start: int, stop: int, rng: np.random.Generator
    ) -> IntArray:
        """Return sorted `user * n_items + item` for users `start`…`stop - 1`, with `targets[u]` distinct items each."""
        missing = targets[start:stop].copy()
        keys = np.zeros(0, np.int64)
        rounds = 0
        while missing.any():
            users = np.repeat(np.arange(stop - start), missing + missing // 4 + 2 * (missing > 0))
            if rounds < _UNIFORM_ROUND:
                items = self._items(users + start, size.noise if rounds < _NOISE_ROUND else 1.0, rng)
            else:
                items = rng.integers(0, size.items, users.size)
            new = np.setdiff1d(distinct(users * size.items + items), keys, assume_unique=True)
            new = new[np.lexsort((rng.random(new.size), new // size.items))]
            owners = new // size.items
            rank = np.arange(new.size) - np.searchsorted(owners, owners)
            new = new[rank < missing[owners]]
            keys = np.sort(np.concatenate([keys, new]))
            missing -= np.bincount(new // size.items, minlength=missing.size)
            rounds += 1
        return keys + start * size.items

    def _items(self, users: IntArray, noise: float, rng: np.random.Generator) -> IntArray:
        """Draw an item for each user: from all items, from one of the user's tastes, or from the user's niche of it."""
        shares = self.shares[users]
        slots = (rng.integers(0, shares[:, -1])[:, None] >= shares).sum(1)
        first = self.tastes[users, slots] * NICHES
        niche = first + self.niches[users, slots]
        chance = rng.random(users.size)
        from_all, from_niche = chance < noise, chance >= 1 - (1 - noise) * NICHE_SHARE
        low = self.edges[np.select([from_all, from_niche], [0, niche], first)]
        high = self.edges[np.select([from_all, from_niche], [self.edges.size - 1, niche + 1], first + NICHES)]
        empty = low == high
        low[empty], high[empty] = 0, self.edges[-1]
        positions = np.searchsorted(self.cumulative, rng.integers(low, high), side="right") - 1
        items: IntArray = self.ids[positions]
        return items


def _power_law(n: int, exponent: float, shift: int) -> IntArray:
    """Return integer weights of the ranks 0…n-1: int64[n]."""
    return (_UNIT * (np.arange(n) + float(shift)) ** -exponent).astype(np.int64) + 1


def _activity(size: Synthetic, rng: np.random.Generator) -> IntArray:
    """Return the number of items per user: lognormal, at most 3/4 of the items, `size.interactions` in total."""
    minimum = min(3, size.interactions // size.users, max(1, size.items // 2))
    weights = (np.exp(rng.normal(0, ACTIVITY_SIGMA, size.users)) * (1 << 20)).astype(np.int64) + 1
    lognormal = minimum + _apportion(size.interactions - minimum * size.users, weights)
    maximum = max(1, 3 * size.items // 4)
    counts = np.minimum(lognormal, maximum)
    return counts + _apportion(size.interactions - int(counts.sum()), maximum - counts)


def _apportion(total: int, weights: IntArray) -> IntArray:
    """Divide a total into integers in proportion to the weights."""
    if not total:
        return np.zeros(weights.size, np.int64)
    cumulative = np.cumsum(weights)
    bounds = np.floor(cumulative * (total / cumulative[-1])).astype(np.int64)
    bounds[-1] = total
    parts: IntArray = np.diff(np.minimum(bounds, total), prepend=0)
    return parts
