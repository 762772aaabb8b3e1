"""One record a (model, retriever): small, versioned, self-describing."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

FORMAT = 1

Status = Literal["ok", "failed"]


class Part(BaseModel):
    """Base of the parts of a record: unknown fields are an error, so that a foreign file is seen as one."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=True, ser_json_inf_nan="constants")


class DataSummary(Part):
    """What was learnt from: counts after merging, the file's or folder's name, the fingerprints of data and split."""

    n_users: int
    n_items: int
    n_train: int
    n_valid: int
    n_test: int
    merged: int
    skipped: int
    source: str
    fingerprint: str
    split_fingerprint: str


class EpochSummary(Part):
    """One point of a training curve; `schedule` is the value that the head anneals."""

    epoch: int
    loss: float
    valid_hr: float | None = None
    auc: float | None = None
    schedule: float | None = None


class StageSummary(Part):
    """How one stage of the training went: "joint", or "encoder" and then "head".

    `best_epoch` is the one whose weights were kept; `seconds` hold the validation as well. A head that is fitted
    has no epochs.
    """

    stage: str
    epochs: int
    best_epoch: int
    stopped: str
    seconds: float
    curve: list[EpochSummary]


class Latency(Part):
    """Search times with the user's seen items excluded.

    Single queries, on one thread, in milliseconds; batches, shared between `batch_threads`, in queries a second.
    """

    p50_ms: float
    p95_ms: float
    p99_ms: float
    batch_qps: float
    batch_size: int
    k: int
    queries: int
    batch_threads: int


class Versions(Part):
    """Versions of the packages that a result depends on, and of the plugins its components came with."""

    hashbench: str
    python: str
    packages: dict[str, str]
    plugins: dict[str, str]


class Machine(Part):
    """Where the run was made."""

    cpu: str
    cores: int
    memory_bytes: int
    device: str
    threads: int
    system: str
    gpu: str | None = None
    load_before: float | None = None


class RunRecord(Part):
    """One row of the results table.

    `spec` holds the canonical text of each part of the run, whose hash is `run_id`; `resolved` the same with every
    default spelt out. The flat fields repeat what tables are grouped by.
    """

    format: int = FORMAT
    run_id: str
    model_id: str
    created: str
    status: Status
    error: str | None = None

    dataset: str
    split: str
    encoder: str
    head: str
    n_bits: int | None
    objective: str
    train_head: Literal["with", "after"]
    retriever: str
    seed: int

    spec: dict[str, Any]
    resolved: dict[str, Any]
    command: str
    data: DataSummary | None = None
    training: list[StageSummary] = Field(default_factory=list)

    metrics: dict[str, float] = Field(default_factory=dict)
    latency: Latency | None = None
    bytes_per_item: float | None = None
    index_bytes: int | None = None
    train_seconds: float | None = None
    seconds: dict[str, float] = Field(default_factory=dict)
    peak_memory_bytes: int | None = None

    versions: Versions
    machine: Machine
