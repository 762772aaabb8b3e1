"""A catalogue over the workers of a Dask cluster: each has an index of its items, and answers for them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hashbench.data.interactions import Interactions
from hashbench.distributed.dask_client import connect
from hashbench.distributed.merge import cut, merged, part_of, within
from hashbench.errors import HashbenchError
from hashbench.protocols import FloatArray, Hashed, Index, Ranking, Reranker, Retriever, RunContext, TiedIndex

TRIES = 4
"""How often a catalogue is laid out, the last times after workers were lost."""

PAUSE = 1.0
"""Seconds in which a scheduler finds out which workers it lost."""


class DaskShards:
    """Lays catalogues out over the workers of the cluster behind a scheduler's address."""

    def __init__(self, address: str) -> None:
        self.name, self.option = "dask", f"--dask {address}"
        self.client = connect(address, "--dask")

    @staticmethod
    def check(retrievers: Iterable[Retriever]) -> None:
        """Raise `HashbenchError` where a retriever's answers depend on the whole catalogue."""
        for retriever in retrievers:
            searched = retriever.candidate_retriever if isinstance(retriever, Reranker) else retriever
            if not searched.shardable:
                raise HashbenchError(
                    f"retriever '{retriever.name}' cannot be spread over workers: its answers depend on the whole "
                    "catalogue; leave it, or --dask, out"
                )

    def build(self, retriever: Retriever, items: Hashed, ctx: RunContext) -> Index:
        """Return an index whose answers are those of the retriever's own.

        Of one that ranks candidates again, the candidates come from the workers.
        """
        if isinstance(retriever, Reranker):
            return retriever.rerank(self.build(retriever.candidate_retriever, items, ctx), items, ctx)
        layout = _Layout(self.client, retriever, items, ctx)
        return TiedShardedIndex(layout) if layout.ties else ShardedIndex(layout)

    def close(self) -> None:
        """Leave the cluster, which stays."""
        self.client.close()


@dataclass(eq=False)
class _Layout:
    """The shards, each with an actor on a worker; laid out again where workers are lost."""

    client: Any
    retriever: Retriever
    items: Hashed
    ctx: RunContext
    shards: list[range] = field(default_factory=list)
    actors: list[Any] = field(default_factory=list)
    nbytes: int = 0
    ties: bool = False

    def __post_init__(self) -> None:
        self._try(self._lay_out)

    def ask(self, method: str, arguments: Callable[[range], Sequence[Any]]) -> list[Any]:
        """Call a method of each shard's actor with the arguments for it, all at a time; return the answers."""

        def asked() -> list[Any]:
            if not self.actors:
                self._lay_out()
            calls = [
                getattr(actor, method)(*arguments(shard)) for actor, shard in zip(self.actors, self.shards, strict=True)
            ]
            return [call.result() for call in calls]

        found: list[Any] = self._try(asked)
        return found

    def _lay_out(self) -> None:
        workers = list(self.client.scheduler_info(n_workers=-1)["workers"])
        if not workers:
            raise HashbenchError("the Dask cluster has no worker; dask worker ADDRESS starts one")
        self.shards = cut(len(self.items), len(workers))
        made = []
        for shard, worker in zip(self.shards, workers, strict=False):
            # A worker the scheduler still lists may be dead: what is asked of it alone would never be done.
            part = self.client.scatter(part_of(self.items, shard), hash=False)
            one = self.client.submit(
                _Shard, self.retriever, part, self.ctx, actor=True, workers=[worker], allow_other_workers=True
            )
            made.append(one)
        actors = self.client.gather(made)
        about = [call.result() for call in [actor.about() for actor in actors]]
        self.nbytes, self.ties = sum(nbytes for nbytes, _ in about), all(ties for _, ties in about)
        self.actors = actors

    def _try(self, work: Callable[[], Any]) -> Any:
        for left in reversed(range(TRIES)):
            try:
                return work()
            except Exception as error:
                if not _tells_of_a_lost_worker(error):
                    raise
                self.actors = []
                if not left:
                    reason = (str(error).splitlines() or [type(error).__name__])[0]
                    raise HashbenchError(f"workers of the Dask cluster were lost {TRIES} times: {reason}") from None
                time.sleep(PAUSE)
        return None


def _tells_of_a_lost_worker(error: Exception) -> bool:
    from concurrent.futures import CancelledError

    from distributed import KilledWorker

    # An actor's future says so by a ValueError or a RuntimeError, by when it was noticed.
    return isinstance(error, KilledWorker | CancelledError | OSError) or "Worker holding Actor was lost" in str(error)


class _Shard:
    """What lives on a worker: the index of a range of items."""

    def __init__(self, retriever: Retriever, items: Hashed, ctx: RunContext) -> None:
        self.index = retriever.build(items, ctx)

    def about(self) -> tuple[int, bool]:
        """Return its memory, and whether it tells ties."""
        return self.index.nbytes, isinstance(self.index, TiedIndex)

    def search(self, *arguments: Any) -> Ranking:
        """Search as the index does."""
        return self.index.search(*arguments)

    def count_ties(self, *arguments: Any) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Count as the index does."""
        assert isinstance(self.index, TiedIndex)
        return self.index.count_ties(*arguments)


@dataclass(frozen=True, eq=False)
class ShardedIndex:
    """An index over the workers of a cluster."""

    layout: _Layout

    @property
    def nbytes(self) -> int:
        """Memory of all workers' indexes."""
        return self.layout.nbytes

    @property
    def backend_name(self) -> str:
        """The number of shards, which records show beside the latency."""
        n = len(self.layout.shards)
        return f"{n} {'shard' if n == 1 else 'shards'} on Dask"

    def search(self, queries: Hashed, k: int, exclude: Interactions) -> Ranking:
        """Rank each shard's items on its worker, and merge."""

        def call(shard: range) -> tuple[Any, ...]:
            return queries, min(k, len(shard)), within(exclude, shard)

        return merged(self.layout.ask("search", call), self.layout.shards, k)


@dataclass(frozen=True, eq=False)
class TiedShardedIndex(ShardedIndex):
    """One whose shards tell how many items share a score."""

    def count_ties(
        self, queries: Hashed, scores: FloatArray, exclude: Interactions, relevant: Interactions
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Add the shards' counts."""

        def call(shard: range) -> tuple[Any, ...]:
            return queries, scores, within(exclude, shard), within(relevant, shard)

        counts = self.layout.ask("count_ties", call)
        return sum(one for one, _ in counts), sum(one for _, one in counts)
