"""HashGNN and the methods it is compared with (Tan et al., WWW 2020, section 4.1)."""

from __future__ import annotations

from functools import partial

from hashbench.spec import System as AnySystem

DEPARTURES = """\
Published in: Tan et al., Learning to Hash with Graph Neural Networks for Recommender Systems, WWW 2020, section 4.1.
Choices that the paper leaves open or makes otherwise: every layer has 64 values (paper: 128 and 68); Adam's learning
rate is 0.01 with batches of 8,192 (paper: 0.001 and 256); ReLU between convolutions; full neighbourhoods (paper:
sampled); batch normalisation of the hash layer; the best epoch by validation, of at most 60. They were chosen on the
validation part of MovieLens-1M, one setting for all systems with GraphSAGE. The paper takes the parameters of MF, PTE
and BiNE from their own papers; departures from those stand in `hashbench describe nmf`, `pte` and `bine`."""

System = partial(AnySystem, departures=DEPARTURES)

SYSTEMS = [
    System("hashgnn", "HashGNN: guided straight-through estimator, ranking loss", "sage", "guided_ste", "hashgnn"),
    System("hashgnn_nr", "HashGNN without its ranking loss", "sage", "guided_ste", "hashgnn:rank_weight=0.0"),
    System(
        "hashgnn_sp", "HashGNN, its hash layer trained after the encoder", "sage", "guided_ste", "hashgnn", "post_hoc"
    ),
    System("hash_ste", "HashGNN with a plain straight-through estimator", "sage", "sign_ste", "hashgnn"),
    System("hash_gumb", "HashGNN with Gumbel-softmax bits", "sage", "gumbel", "hashgnn"),
    System("hashnet", "HashGNN with HashNet's continuation", "sage", "hashnet", "hashgnn"),
    System("lsh", "random hyperplanes on GraphSAGE's embeddings", "sage", "lsh", "hashgnn"),
    System("graphsage", "GraphSAGE, not hashed", "sage", "continuous", "hashgnn"),
    System("mf", "non-negative matrix factorisation, the paper's MF, not hashed", "nmf", "continuous"),
    System("pte", "PTE on the bipartite network, not hashed", "pte", "continuous"),
    System("bine", "BiNE, not hashed", "bine", "continuous"),
]
