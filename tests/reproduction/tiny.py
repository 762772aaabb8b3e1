"""A small published table, whose runs take seconds."""

from ..cli.process import TINY

TABLE = f"""
name = "tiny"

[axes]
dataset = ["{TINY}"]
system = ["lsh", "graphsage", "hashlgn"]

[training]
epochs = 2

[search]
k = [5]

[paper]
source = "Somebody (2020), Table 1"
profile = "hashgnn"
metrics = ["hr@5", "ndcg@5"]

[[paper.rows]]
system = "lsh"
retriever = "hierarchical"
figures = {{"{TINY}" = [0.063, 0.1]}}

[[paper.rows]]
system = "graphsage"
retriever = "continuous"
figures = {{"{TINY}" = [0.25, 0.3]}}

[[paper.rows]]
system = "hashlgn"
retriever = "asymmetric"
figures = {{"{TINY}" = [0.2, 0.2]}}

[[paper.claims]]
text = "floats beat hyperplanes"
better = "graphsage"
worse = "lsh"
"""
