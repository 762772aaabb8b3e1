"""One record per model and retriever: small, versioned, self-describing."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

FORMAT = 3

Status = Literal["ok", "failed"]


class Part(BaseModel):
    """Base of the parts of a record. Unknown fields are an error, so that a file of another kind is recognised."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=True, ser_json_inf_nan="constants")


class DataSummary(Part):
    """The data: counts after merging, the name of the file or folder, and the fingerprints of data and split."""

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
    """One epoch of a training; `schedule` is the value that the head anneals."""

    epoch: int
    loss: float
    valid_hr: float | None = None
    auc: float | None = None
    schedule: float | None = None


class StageSummary(Part):
    """The course of one stage of a training: "joint", or "encoder" and then "head".

    The weights of `best_epoch` were kept. `seconds` include validation. A head that is fitted has no epochs.
    """

    stage: str
    epochs: int
    best_epoch: int
    stopped: str
    seconds: float
    history: list[EpochSummary]

    @field_validator("history", mode="before")
    @classmethod
    def _from_columns(cls, history: Any) -> Any:
        """Accept the columns of a record file too: a list of values for each field."""
        if not isinstance(history, dict):
            return history
        return [dict(zip(history, row, strict=True)) for row in zip(*history.values(), strict=True)]


class Stages(Part):
    """The parts of a single query's median time: the search (its first stage) and re-ranking, both with the mask.

    `encode_ms` is the time to hash a user's embedding before the search. `mask_ms` is the time that leaving out seen
    items adds to the whole. It is a difference, so near 0 it may be negative.
    """

    encode_ms: float | None = None
    search_ms: float
    rerank_ms: float | None = None
    mask_ms: float


class Latency(Part):
    """Search times with the user's seen items excluded.

    Single queries run on one thread, in milliseconds. Batches are shared between `batch_threads`, in queries per
    second. If a search has several backends, `backend` and `batch_backend` were the fastest. `repeat_spread` is the
    slowest repeat's median over the fastest's, `background_load` the number of cores that other processes used. From
    certain values on, the measurement is `noisy`.
    """

    p50_ms: float
    p95_ms: float
    p99_ms: float
    batch_qps: float
    batch_size: int
    k: int
    queries: int
    batch_threads: int
    backend: str | None = None
    batch_backend: str | None = None
    stages: Stages | None = None
    repeat_spread: float | None = None
    background_load: float | None = None
    noisy: bool = False


class SideSummary(Part):
    """The codes of one side, users or items.

    For each bit, `ones` is the share of codes in which it is 1, and `entropy` its entropy, both to six decimals.
    `constant_bits` counts the bits that are equal in all codes. Correlations are absolute, over all pairs of bits that
    vary, and None if fewer than two vary. `shared` is the share of codes that equal another one. `sign_agreement` is
    the share of bits that are the sign of their embedding value, None unless embeddings have one value per bit.
    """

    n: int
    ones: list[float]
    ones_min: float
    ones_mean: float
    ones_max: float
    entropy: list[float]
    entropy_mean: float
    constant_bits: int
    correlation_mean: float | None
    correlation_max: float | None
    distinct: int
    shared: float
    sign_agreement: float | None


class Neighbourhood(Part):
    """How finely the distances from a user tell items apart around rank k, over sampled users.

    The radius is the distance within which k items lie; the tie is the number of items at exactly that distance.
    """

    k: int
    radius_median: float
    radius_p95: float
    tie_median: float
    tie_p95: float


class CodeSummary(Part):
    """Statistics of a model's codes, whatever retriever searches them.

    `distances` counts the pairs of a sampled user and any item by their Hamming distance, 0 to n_bits. Without codes of
    users it is None, and `places` is empty. Items that a user has seen are included. Bytes per item include the item's
    share of what all codes have in common, such as bit values.
    """

    n_bits: int
    items: SideSummary
    users: SideSummary | None
    sampled_users: int
    distances: list[int] | None
    places: list[Neighbourhood]
    code_bytes: float
    code_and_embedding_bytes: float | None


class TieRange(Part):
    """A metric in the order that the run drew for tied items, and its lowest and highest value in any order.

    All are means over users, `low` and `high` of each user's own worst and best order.
    """

    drawn: float
    low: float
    high: float


class Versions(Part):
    """Versions of the packages that a result depends on, and of the plugins its components came with.

    `commit` is that of hashbench, if it was run from a checkout or installed from a repository. A + behind it means
    that files were changed since. For a cached model it is the commit of the search.
    """

    hashbench: str
    python: str
    packages: dict[str, str]
    plugins: dict[str, str]
    commit: str | None = None


class Machine(Part):
    """The machine of the run."""

    cpu: str
    cores: int
    memory_bytes: int
    device: str
    threads: int
    system: str
    processes: int = 1
    gpu: str | None = None
    load_before: float | None = None


class RunRecord(Part):
    """One row of the results table.

    `metrics` are means over users. If scores tie, they are expected values over the orders of tied items, and `ties`
    holds their ranges; records of format 1 have the value of the one order that was drawn.

    `spec` holds the canonical text of each part of the run, whose hash is `run_id`; `resolved` the same with every
    default spelt out. The flat fields repeat what tables are grouped by. `codes` are statistics of the model's codes;
    a model without codes, or an early record, has none. `phase_seconds` and `phase_memory_bytes` (the peak of the
    process) are given for each phase, "train" among them if this run trained.
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
    train_head: Literal["joint", "post_hoc"]
    retriever: str
    seed: int

    spec: dict[str, Any]
    resolved: dict[str, Any]
    command: str
    data: DataSummary | None = None
    training: list[StageSummary] = Field(default_factory=list)

    metrics: dict[str, float] = Field(default_factory=dict)
    ties: dict[str, TieRange] = Field(default_factory=dict)
    latency: Latency | None = None
    bytes_per_item: float | None = None
    index_bytes: int | None = None
    train_seconds: float | None = None
    phase_seconds: dict[str, float] = Field(default_factory=dict)
    phase_memory_bytes: dict[str, int] = Field(default_factory=dict)
    peak_memory_bytes: int | None = None
    codes: CodeSummary | None = None

    versions: Versions
    machine: Machine
