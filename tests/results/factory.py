"""Records made by hand."""

from __future__ import annotations

import hashlib
from typing import Any

from hashbench.results.record import DataSummary, EpochSummary, Latency, Machine, RunRecord, StageSummary, Versions


def a_record(
    *,
    dataset: str = "ml-1m",
    split: str = "ratio",
    encoder: str = "sage",
    head: str = "guided_ste:bits=32",
    objective: str = "bpr",
    retriever: str = "hamming",
    seed: int = 0,
    n_bits: int | None = 32,
    p50: float | None = 1.0,
    fingerprint: str = "d" * 64,
    split_fingerprint: str | None = None,
    **changes: Any,
) -> RunRecord:
    """Make a record; components are canonical texts, ids follow from them."""
    model: dict[str, Any] = {
        "dataset": dataset,
        "split": split,
        "encoder": encoder,
        "head": head,
        "objective": objective,
        "seed": seed,
    }
    spec = {**model, **changes.pop("options", {}), "retriever": retriever}
    names = {part: text.partition(":")[0] for part, text in spec.items() if isinstance(text, str)}
    fields: dict[str, Any] = {
        "run_id": _digest(spec),
        "model_id": _digest(model),
        "created": "2026-11-20T17:00:00+00:00",
        "status": "ok",
        **{part: names[part] for part in ("dataset", "split", "encoder", "head", "objective", "retriever")},
        "n_bits": n_bits if names["head"] != "continuous" else None,
        "train_head": "joint",
        "seed": seed,
        "spec": spec,
        "resolved": {
            "encoder": {"name": names["encoder"], "parameters": {"dim": 64}},
            "retriever": {"name": names["retriever"], "parameters": _parameters(retriever)},
            "k": [50, 100],
        },
        "command": f"hashbench run --encoder {encoder} --head {head} --dataset {dataset} --retriever {retriever}",
        "data": DataSummary(
            n_users=6040,
            n_items=3706,
            n_train=630_000,
            n_valid=70_000,
            n_test=300_209,
            merged=0,
            skipped=0,
            source="/data/ml-1m",
            fingerprint=fingerprint,
            split_fingerprint=split_fingerprint or _digest({"split": split, "seed": seed, "data": fingerprint}),
        ),
        "training": [
            StageSummary(
                stage="joint",
                epochs=3,
                best_epoch=2,
                stopped="patience",
                seconds=60.0,
                history=[
                    EpochSummary(epoch=1, loss=0.69, valid_hr=0.1, auc=0.5, schedule=1.0),
                    EpochSummary(epoch=2, loss=0.35, valid_hr=0.3, auc=0.8, schedule=0.5),
                    EpochSummary(epoch=3, loss=0.3, valid_hr=0.29, auc=0.8, schedule=0.0),
                ],
            )
        ],
        "metrics": {"hr@50": 0.25, "hr@100": 0.4, "ndcg@50": 0.3, "ndcg@100": 0.33},
        "latency": p50 and a_latency(p50),
        "bytes_per_item": 4.0,
        "index_bytes": 14824,
        "train_seconds": 61.25,
        "versions": Versions(hashbench="0.1.0", python="3.11.7", packages={"torch": "2.13.0"}, plugins={}),
        "machine": Machine(
            cpu="Xeon", cores=2, memory_bytes=8 * 2**30, device="cpu", threads=2, system="Linux 6.1", load_before=0.5
        ),
    }
    return RunRecord(**{**fields, **changes})


def a_latency(p50: float, threads: int = 1) -> Latency:
    """Make a latency whose other figures follow from p50."""
    return Latency(
        p50_ms=p50,
        p95_ms=2 * p50,
        p99_ms=3 * p50,
        batch_qps=2000 / p50,
        batch_size=256,
        k=100,
        queries=500,
        batch_threads=threads,
    )


def a_failure(**changes: Any) -> RunRecord:
    """Make the record of a run that failed."""
    nothing: dict[str, Any] = {
        "metrics": {},
        "p50": None,
        "bytes_per_item": None,
        "train_seconds": None,
        "training": [],
    }
    return a_record(**{"status": "failed", "error": "the loss is not finite at epoch 3", **nothing, **changes})


def _digest(parts: dict[str, Any]) -> str:
    return hashlib.sha256(repr(sorted(parts.items())).encode()).hexdigest()[:16]


def _parameters(text: str) -> dict[str, Any]:
    return {name: int(value) for name, _, value in (item.partition("=") for item in text.split(":")[1:])}
