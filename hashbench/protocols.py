"""The contract between hashbench and its components: one short protocol a kind. Read this first.

    dataset ─ split ─► graph ─► encoder ─► head ─► codes + embeddings ─► retriever ─► ranking ─► metrics ─► record

A component is a frozen dataclass. Its fields are its parameters, its `name` is its key, and its docstring says what it
is and where it was published. A field states its range and meaning with
`Annotated[int, Field(ge=1, description="…")]` (pydantic). `build`, `fit` and `load` return new objects; a component
itself never changes.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hashbench.data.codes import Codes
from hashbench.data.interactions import Interactions
from hashbench.data.loaded import LoadedData
from hashbench.data.split import InteractionSplit
from hashbench.observers import NoteObserver, NullObserver
from hashbench.process_group import SINGLE_PROCESS, ProcessGroup

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from hashbench.graph.bipartite import BipartiteGraph

FloatArray = NDArray[np.float32]
Part = Literal["codes", "embeddings"]


class Component(Protocol):
    """What every component has: a name that is unique among its kind."""

    name: ClassVar[str]


# ---------------------------------------------------------------------------------------------------- context


@dataclass(frozen=True)
class RunContext:
    """What a component may know about a run. Test data and the clock are not in it."""

    seed: int = 0
    device: str = "cpu"
    threads: int = 1
    process_group: ProcessGroup = SINGLE_PROCESS

    def rng(self, purpose: str) -> np.random.Generator:
        """Return a NumPy generator that depends on the run's seed and the purpose alone."""
        return np.random.default_rng([self.seed, zlib.crc32(purpose.encode())])

    def torch_rng(self, purpose: str, device: str = "cpu") -> torch.Generator:
        """Return a torch generator that depends on the run's seed and the purpose alone."""
        import torch

        generator = torch.Generator(device)
        generator.manual_seed(int(self.rng(purpose).integers(2**63)))
        return generator


@dataclass(frozen=True)
class LoadContext:
    """Where data sets are searched for, and how strictly they are read."""

    data_dir: Path | None = None
    skip_bad_rows: bool = False
    download: bool = True
    notes: NoteObserver = field(default_factory=NullObserver)


# ------------------------------------------------------------------------------------------------------- data


class Dataset(Component, Protocol):
    """A source of interactions."""

    def load(self, ctx: LoadContext) -> LoadedData:
        """Read, download or generate the data. Raises `BadData`, which says which file to put where."""


class Splitter(Component, Protocol):
    """A rule that divides interactions into training, validation and test."""

    def split(self, data: LoadedData, ctx: RunContext) -> InteractionSplit:
        """Divide the interactions. A user with very few keeps at least one for training."""


# ------------------------------------------------------------------------------------------ encoders and heads


class Encoder(Component, Protocol):
    """Embeds users and items: trained by the objective (`TrainableEncoder`) or fitted at once (`FittedEncoder`)."""


@runtime_checkable
class TrainableEncoder(Encoder, Protocol):
    """An encoder with weights."""

    def build(self, graph: BipartiteGraph, ctx: RunContext) -> NodeEncoder:
        """Return a new module with fresh weights for this graph."""


class NodeEncoder(Protocol):
    """A torch module that embeds all nodes of a graph: users first, then items.

    `l2` is the weight of the regularisation that is added to the loss: half the squared layer-0 embeddings of a batch's
    users and items, averaged over the batch.
    """

    dim: int
    l2: float

    def __call__(self, nodes: Tensor | None = None) -> Tensor:
        """Return embeddings u: float[n_users + n_items, dim], or float[n, dim] of distinct `nodes` int64[n]."""

    def ego(self) -> Tensor:
        """Return the embeddings before propagation (layer 0), which `l2` acts on: float[n_users + n_items, …]."""


@runtime_checkable
class SampledEncoder(NodeEncoder, Protocol):
    """A node encoder that can be trained on sampled neighbourhoods, for graphs too large for a full pass per step."""

    def sampled(self, nodes: Tensor, fan_outs: Sequence[int], seed: int) -> Tensor:
        """Return embeddings float[n, dim] of distinct `nodes` int64[n], from neighbours drawn by the seed.

        At most `fan_outs[0]` neighbours of a node are drawn, `fan_outs[1]` of each of those, and so on. A single number
        holds for every layer. If `ego()` is a parameter, its gradient is a sparse tensor. Raises `BadParameter` if
        `fan_outs` has a wrong length.
        """


@dataclass(frozen=True, eq=False)
class Embeddings:
    """An encoder's output: float32[n_users, dim] and float32[n_items, dim]."""

    users: FloatArray
    items: FloatArray


@runtime_checkable
class FittedEncoder(Encoder, Protocol):
    """An encoder fitted to the training interactions at once, such as a matrix decomposition."""

    def fit(self, train: Interactions, ctx: RunContext) -> Embeddings:
        """Return the embeddings. Raises `RunFailed` if the encoder cannot be fitted to this data."""


@dataclass(frozen=True, eq=False)
class Hashed:
    """A head's output for the users or for the items: `codes`, `embeddings` float32[n, dim], or both.

    `bit_values` float32[2, n_bits] are the numbers that a 0 and a 1 of each bit stand for in asymmetric search, -1 and
    +1 by default. For HashLGN's g(c) = α⊙max(c, 0) + β⊙min(c, 0) they are -β and α. Only the items' are used.
    """

    codes: Codes | None = None
    embeddings: FloatArray | None = None
    bit_values: FloatArray | None = None

    def __len__(self) -> int:
        return (
            len(self.codes) if self.codes is not None else len(self.embeddings if self.embeddings is not None else ())
        )

    def take(self, rows: ArrayLike) -> Hashed:
        """Return the given rows, in the given order."""
        rows = np.asarray(rows)
        return Hashed(
            None if self.codes is None else self.codes.take(rows),
            None if self.embeddings is None else self.embeddings[rows],
            self.bit_values,
        )


class Hasher(Protocol):
    """Trained hash functions, one for users and one for items, which allows asymmetric schemes."""

    def hash_users(self, embeddings: FloatArray) -> Hashed:
        """Hash users' embeddings float32[n, dim]."""

    def hash_items(self, embeddings: FloatArray) -> Hashed:
        """Hash items' embeddings float32[n, dim]."""


class HashLayer(Protocol):
    """A torch module between encoder and loss."""

    def relax(self, users: Tensor, items: Tensor, progress: float, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        """Return relaxed codes, which the loss sees in place of the codes (such as HashGNN, eq. 8).

        From embeddings float[n_u, dim] of some users and float[n_i, dim] of some items come float[n_u, d] and
        float[n_i, d], whose inner products are the scores. `progress` runs from 0 to 1 over the training, whatever its
        length.
        """

    def schedule(self, progress: float) -> float | None:
        """Return the value that the head anneals (p, β, temperature), for the history; None if it anneals nothing."""

    def harden(self) -> Hasher:
        """Return the current hash functions, as copies of the layer's weights."""


class HashHead(Component, Protocol):
    """Turns embeddings into codes. A head has either `build` (`TrainableHead`) or `fit` (`FittedHead`).

    `hashbench.components.heads.base.BaseHead` brings defaults of the properties.
    """

    @property
    def emits(self) -> frozenset[Part]:
        """The parts of `Hashed` that its hasher returns."""

    @property
    def n_bits(self) -> int | None:
        """Length of its codes; None if it has no codes."""

    @property
    def retriever(self) -> str | None:
        """Name of the retriever that the head is made for and validated by; None if it is made for no single one."""


@runtime_checkable
class TrainableHead(HashHead, Protocol):
    """A head with weights that the objective trains, together with the encoder or after it."""

    def build(self, dim: int, ctx: RunContext) -> HashLayer:
        """Return a new module with fresh weights for embeddings of `dim` values."""


@runtime_checkable
class FittedHead(HashHead, Protocol):
    """A head fitted to the embeddings of a trained encoder."""

    def fit(self, embeddings: Embeddings, train: Interactions, ctx: RunContext) -> Hasher:
        """Return hash functions fitted to these embeddings. Raises `RunFailed` if they cannot be."""


# --------------------------------------------------------------------------------------------------- objective


class Objective(Component, Protocol):
    """A loss over the scores of a user's positive and negatives, of embeddings or of relaxed codes.

    Scores are inner products, or cosines if `cosine` is true. Retrieval uses inner products either way.
    `hashbench.components.objectives.base.BaseObjective` brings defaults of all properties but `n_negatives`.
    """

    @property
    def n_negatives(self) -> int:
        """Number of negatives per positive, or per batch if the batch shares its negatives."""

    @property
    def shares_negatives(self) -> bool:
        """True if a batch shares its negatives. Items that the user has interacted with are masked with -inf."""

    @property
    def cosine(self) -> bool:
        """Whether scores are cosines."""

    @property
    def power(self) -> float:
        """Shared negatives are drawn in proportion to popularity to this power; 0 draws them uniformly."""

    def loss(self, positive: Tensor, negative: Tensor) -> Tensor:
        """Return the mean loss of a batch from the scores of positives [b] and negatives [b, n_negatives]."""


# --------------------------------------------------------------------------------------------------- retrieval


@dataclass(frozen=True, eq=False)
class Ranking:
    """Items best first: `items` int32[n_queries, k], padded with -1; `scores` float32[n_queries, k], with -inf."""

    items: NDArray[np.int32]
    scores: FloatArray


class Index(Protocol):
    """A searchable catalogue."""

    @property
    def nbytes(self) -> int:
        """Memory of the catalogue in bytes, with everything that a search reads."""

    def search(self, queries: Hashed, k: int, exclude: Interactions) -> Ranking:
        """Rank the best k items of each query, without the items of its row of `exclude`.

        Of equal scores the lower item number comes first. A run numbers items at random, so no method gains by ties.
        """


@runtime_checkable
class MultiBackendIndex(Index, Protocol):
    """An index with several implementations of one exact search. All are timed; the fastest is recorded."""

    def backends(self) -> Mapping[str, Index]:
        """Return the implementations by name."""


@runtime_checkable
class NamedBackendIndex(Index, Protocol):
    """An index with one implementation, whose name records show beside its latency."""

    @property
    def backend_name(self) -> str:
        """Name of the implementation; "" for none."""


@runtime_checkable
class StagedIndex(Index, Protocol):
    """An index that retrieves candidates and then ranks them. The two stages are timed separately."""

    def retrieve_candidates(self, queries: Hashed, exclude: Interactions) -> object:
        """Run the first stage alone."""


@runtime_checkable
class TiedIndex(Index, Protocol):
    """An index whose scores often tie, such as Hamming distances, and that can count the items of one score."""

    def count_ties(
        self, queries: Hashed, scores: FloatArray, exclude: Interactions, relevant: Interactions
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Count for each query the items whose score is exactly `scores` float32[n_queries].

        Returns two int64[n_queries]: the number of these items without the query's row of `exclude`, and how many of
        the query's row of `relevant` are among them.
        """


@runtime_checkable
class ApproximateIndex(Index, Protocol):
    """An index that may miss part of the exact answer. The share it finds is the metric `exact_recall@k`."""

    @property
    def exact(self) -> Retriever:
        """The exact retriever over the same parts."""


class Retriever(Component, Protocol):
    """Builds an index over the items.

    `hashbench.components.retrievers.base.BaseRetriever` brings defaults of all properties but `needs`.
    """

    @property
    def needs(self) -> frozenset[Part]:
        """The parts of `Hashed` that it searches."""

    @property
    def max_k(self) -> int | None:
        """Largest k that it ranks; None if only the catalogue limits it."""

    @property
    def shardable(self) -> bool:
        """Whether its catalogue may be cut into shards: an item's score depends on the item and the query alone."""

    def build(self, items: Hashed, ctx: RunContext) -> Index:
        """Index the items."""


@runtime_checkable
class Reranker(Retriever, Protocol):
    """A retriever that re-ranks the candidates of another one."""

    @property
    def candidate_retriever(self) -> Retriever:
        """The retriever that gives the candidates."""

    def rerank(self, candidate_index: Index, items: Hashed, ctx: RunContext) -> Index:
        """Return an index that re-ranks the candidates of `candidate_index`, which may lie on other machines."""


# ----------------------------------------------------------------------------------------------------- metrics


@dataclass(frozen=True, eq=False)
class Ties:
    """For each rank of a ranking, the group of equal scores that its item belongs to: three int32[n_users, k].

    `start` is the rank at which the group begins, from 0. `size` counts the group's items in the whole catalogue, seen
    items left out; some may lie below rank k. `relevant` counts the user's test items among them.
    """

    start: NDArray[np.int32]
    size: NDArray[np.int32]
    relevant: NDArray[np.int32]

    def at(self, k: int) -> Ties:
        """Return the groups of the first k ranks."""
        return Ties(self.start[:, :k], self.size[:, :k], self.relevant[:, :k])


@dataclass(frozen=True, eq=False)
class ScoredRanking:
    """A ranking and its hits: `hits` bool[n_users, k] marks the ranked items that are the user's test items.

    `n_relevant` int64[n_users] counts the user's test items. Without `ties` no two scores count as equal.
    """

    items: NDArray[np.int32]
    hits: NDArray[np.bool_]
    n_relevant: NDArray[np.int64]
    ties: Ties | None = None

    def at(self, k: int) -> ScoredRanking:
        """Return the first k ranks."""
        ties = None if self.ties is None else self.ties.at(k)
        return ScoredRanking(self.items[:, :k], self.hits[:, :k], self.n_relevant, ties)

    @property
    def hit_probability(self) -> NDArray[np.float64]:
        """The probability of a hit at each rank, if tied items are ordered at random: float64[n_users, k]."""
        if self.ties is None:
            return self.hits.astype(np.float64)
        return self.ties.relevant / np.maximum(self.ties.size, 1)


class Metric(Component, Protocol):
    """A quality measure of each user's ranking."""

    label: ClassVar[str]
    higher_is_better: ClassVar[bool]

    def per_user(self, ranking: ScoredRanking) -> NDArray[np.float64]:
        """Return float64[n_users]; NaN where it is undefined (a user without test items)."""


@runtime_checkable
class TieAwareMetric(Metric, Protocol):
    """A metric that can compute its expected value over all orders of tied items."""

    def expected(self, ranking: ScoredRanking) -> NDArray[np.float64]:
        """Return float64[n_users] like `per_user`; `ranking.ties` is never None."""
