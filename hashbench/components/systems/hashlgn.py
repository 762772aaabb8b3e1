"""HashLGN and the method it is compared with (Zhang et al., a report of the University of California, section 4)."""

from __future__ import annotations

from functools import partial

from hashbench.spec import System as AnySystem

DEPARTURES = """\
Published in: Zhang et al., Learning-Based Hashing with GNN for Recommender System, a report of the University of
California, section 4. Its split is 80/20 (--split ratio:train=0.8). Choices that the report leaves open: two
propagations, 64 values and bits, the L2 weight, Adam's learning rate 0.01 with batches of 8,192, the best epoch by
validation, of at most 60."""

System = partial(AnySystem, departures=DEPARTURES)

SYSTEMS = [
    System("lightgcn", "LightGCN, not hashed", "lightgcn", "continuous"),
    System("hashlgn", "HashLGN: binary items, continuous users", "lightgcn", "hashlgn:bits=64"),
]
