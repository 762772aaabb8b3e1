"""The built-in components, as names that are imported when their kind is first looked up."""

from __future__ import annotations

from collections.abc import Iterable
from pkgutil import resolve_name
from typing import Any

from hashbench.registry.hookspecs import hookimpl


def _load(kind: str, *names: str) -> Iterable[type[Any]]:
    return [resolve_name(f"hashbench.components.{kind}.{name}") for name in names]


@hookimpl
def hashbench_datasets() -> Iterable[type[Any]]:
    """Return the data sets of hashbench.components.datasets."""
    return _load(
        "datasets",
        "synthetic:Synthetic",
        "movielens:MovieLens1M",
        "gowalla:Gowalla",
        "pinterest:Pinterest",
        "files:File",
        "frame:Frame",
    )


@hookimpl
def hashbench_splits() -> Iterable[type[Any]]:
    """Return the splits of hashbench.components.splits."""
    return _load("splits", "ratio:Ratio", "published:Published", "leave_one_out:LeaveOneOut")


@hookimpl
def hashbench_encoders() -> Iterable[type[Any]]:
    """Return the encoders of hashbench.components.encoders."""
    return _load(
        "encoders",
        "sage:Sage",
        "gcn:GCN",
        "lightgcn:LightGCN",
        "mf:MF",
        "most_popular:MostPopular",
        "item_knn:ItemKNN",
        "ease:EASE",
        "svd:SVD",
        "pte:PTE",
        "nmf:NMF",
        "bine:BiNE",
    )


@hookimpl
def hashbench_hash_heads() -> Iterable[type[Any]]:
    """Return the hash heads of hashbench.components.heads."""
    return _load(
        "heads",
        "continuous:Continuous",
        "lsh:LSH",
        "itq:ITQ",
        "sign_ste:SignSTE",
        "guided_ste:GuidedSTE",
        "hashnet:HashNet",
        "gumbel:Gumbel",
        "hashlgn:HashLGN",
        "distilled:Distilled",
    )


@hookimpl
def hashbench_objectives() -> Iterable[type[Any]]:
    """Return the objectives of hashbench.components.objectives."""
    return _load("objectives", "bpr:BPR", "hashgnn:HashGNN", "softmax:Softmax")


@hookimpl
def hashbench_retrievers() -> Iterable[type[Any]]:
    """Return the retrievers of hashbench.components.retrievers."""
    return _load(
        "retrievers",
        "continuous:Continuous",
        "hierarchical:Hierarchical",
        "hamming:Hamming",
        "asymmetric:Asymmetric",
        "threshold:Threshold",
        "multi_index:MultiIndex",
    )


@hookimpl
def hashbench_metrics() -> Iterable[type[Any]]:
    """Return the metrics of hashbench.components.metrics."""
    names = ("HR", "NDCG", "HitRate", "Recall", "Precision", "F1", "MRR", "MAP")
    return [resolve_name(f"hashbench.components.metrics:{name}") for name in names]


@hookimpl
def hashbench_systems() -> Iterable[Any]:
    """Return the systems of hashbench.components.systems."""
    papers = ("hashgnn", "hashlgn")
    return [system for paper in papers for system in resolve_name(f"hashbench.components.systems.{paper}:SYSTEMS")]
