"""One record a (model, retriever): small, versioned, self-describing."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

FORMAT = 3

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
    history: list[EpochSummary]


class Stages(Part):
    """What a single query's median is made of: the search (of two stages the first), re-ranking, both with the mask.

    `encode_ms` is the time to hash a user's embedding, which comes before. `mask_ms` is what leaving out seen items
    adds to the whole; near 0 it may be negative, for it is a difference.
    """

    encode_ms: float | None = None
    search_ms: float
    rerank_ms: float | None = None
    mask_ms: float


class Latency(Part):
    """Search times with the user's seen items excluded.

    Single queries, on one thread, in milliseconds; batches, shared between `batch_threads`, in queries a second. Of a
    search with several backends, `backend` and `batch_backend` were the fastest. `repeat_spread` is the slowest repeat's median
    over the fastest's, `background_load` how many cores' time other processes used; from certain values on it is `noisy`.
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

    Of each bit `ones` is the share of codes in which it is 1 and `entropy` its entropy, both to six decimals;
    `constant_bits` counts those that are the same in every code. Correlations are absolute, over all pairs of bits that
    vary, and None where fewer than two do. `shared` is the share of codes that another one equals. `sign_agreement` is
    the share of bits that are the sign of their embedding value, None where the embeddings have no value a bit.
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
    """How finely the distances from a user tell items apart around place k, over sampled users.

    The radius is the distance within which k items lie; the tie is the number of items at exactly that distance.
    """

    k: int
    radius_median: float
    radius_p95: float
    tie_median: float
    tie_p95: float


class CodeSummary(Part):
    """What a model's codes are like, whatever they are searched by.

    `distances` counts the pairs of a sampled user and any item by their Hamming distance, 0 to n_bits; it is None, and
    `places` is empty, where users have no codes. Items that a user has seen count like all others. Bytes an item hold
    the items' share of what all codes have in common, such as levels of bits.
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
    """What a metric is in the order that the run drew for tied items, and at least and at most in any order.

    Means over users; the ends are those of each user's own best and worst order.
    """

    drawn: float
    low: float
    high: float


class Versions(Part):
    """Versions of the packages that a result depends on, and of the plugins its components came with.

    `commit` is that of hashbench, where it was run from a checkout or installed from a repository; a + behind it says
    that files were changed since. Of a kept model it is that of the search.
    """

    hashbench: str
    python: str
    packages: dict[str, str]
    plugins: dict[str, str]
    commit: str | None = None


class Machine(Part):
    """Where the run was made."""

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

    `metrics` are means over users. Where a search's scores tie they are expected values over the orders of tied items,
    and `ties` holds each one's range; records of format 1 have the value of the run's one order.

    `spec` holds the canonical text of each part of the run, whose hash is `run_id`; `resolved` the same with every
    default spelt out. The flat fields repeat what tables are grouped by. `codes` tells what the model's codes are
    like; a model without codes, or a record from before this was written, has none. `phase_seconds` and `phase_memory_bytes` (the
    most the process held) are of each phase, "train" among them where this run trained.
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
