"""HashLGN and what it is compared with (Zhang et al., a report of the University of California, section 4)."""

from __future__ import annotations

from functools import partial

from hashbench.spec import System as AnySystem

DEPARTURES = """\
Published in: Zhang et al., Learning-Based Hashing with GNN for Recommender System, a report of the University of
California, section 4. Its split is 80/20 (--split ratio:train=0.8). The report leaves open, and here is: two
propagations, 64 values and bits, the L2 weight, Adam's learning rate 0.01 in batches of 8,192, the best epoch by
validation, of 60 at most."""

System = partial(AnySystem, departures=DEPARTURES)

SYSTEMS = [
    System("lightgcn", "LightGCN, not hashed", "lightgcn", "continuous"),
    System("hashlgn", "HashLGN: items in bits, users continuous", "lightgcn", "hashlgn:bits=64"),
]
