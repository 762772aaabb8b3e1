"""An index sharded over the workers of a Dask cluster. Each worker has an index of its items."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hashbench.data.interactions import Interactions
from hashbench.distributed.dask_client import connect
from hashbench.distributed.merge import merge_rankings, restrict, shard_items, shard_ranges
from hashbench.errors import HashbenchError
from hashbench.protocols import FloatArray, Hashed, Index, Ranking, Reranker, Retriever, RunContext, TiedIndex

MAX_ATTEMPTS = 4
"""Attempts to shard a catalogue and search it, before lost workers are an error."""

RETRY_SECONDS = 1.0
"""Seconds between attempts, in which the scheduler notices lost workers."""


class DaskShards:
    """Shards catalogues over the workers of the cluster at a scheduler's address."""

    def __init__(self, address: str) -> None:
        self.name, self.option = "dask", f"--dask {address}"
        self.client = connect(address, "--dask")

    @staticmethod
    def check(retrievers: Iterable[Retriever]) -> None:
        """Raise `HashbenchError` if a retriever is not shardable."""
        for retriever in retrievers:
            sharded = retriever.candidate_retriever if isinstance(retriever, Reranker) else retriever
            if not sharded.shardable:
                raise HashbenchError(
                    f"retriever '{retriever.name}' cannot be spread over workers: its answers depend on the whole "
                    "catalogue; leave it, or --dask, out"
                )

    def build(self, retriever: Retriever, items: Hashed, ctx: RunContext) -> Index:
        """Return a sharded index with the same rankings as the retriever's own index.

        A re-ranking index stays on this machine and takes its candidates from the workers.
        """
        if isinstance(retriever, Reranker):
            return retriever.rerank(self.build(retriever.candidate_retriever, items, ctx), items, ctx)
        layout = _Layout(self.client, retriever, items, ctx)
        return TiedShardedIndex(layout) if layout.counts_ties else ShardedIndex(layout)

    def close(self) -> None:
        """Disconnect from the cluster."""
        self.client.close()


@dataclass(eq=False)
class _Layout:
    """The shards, each with an actor on a worker. They are distributed again after workers are lost."""

    client: Any
    retriever: Retriever
    items: Hashed
    ctx: RunContext
    shards: list[range] = field(default_factory=list)
    actors: list[Any] = field(default_factory=list)
    nbytes: int = 0
    counts_ties: bool = False

    def __post_init__(self) -> None:
        self._retry(self._distribute)

    def call(self, method: str, arguments: Callable[[range], Sequence[Any]]) -> list[Any]:
        """Call a method of all shards' actors at once, each with its own arguments. Return the results."""

        def call_all() -> list[Any]:
            if not self.actors:
                self._distribute()
            calls = [
                getattr(actor, method)(*arguments(shard)) for actor, shard in zip(self.actors, self.shards, strict=True)
            ]
            return [call.result() for call in calls]

        results: list[Any] = self._retry(call_all)
        return results

    def _distribute(self) -> None:
        workers = list(self.client.scheduler_info(n_workers=-1)["workers"])
        if not workers:
            raise HashbenchError("the Dask cluster has no worker; dask worker ADDRESS starts one")
        self.shards = shard_ranges(len(self.items), len(workers))
        futures = []
        for shard, worker in zip(self.shards, workers, strict=False):
            # The scheduler may still list a dead worker. Without allow_other_workers its shard would wait forever.
            part = self.client.scatter(shard_items(self.items, shard), hash=False)
            future = self.client.submit(
                _Shard, self.retriever, part, self.ctx, actor=True, workers=[worker], allow_other_workers=True
            )
            futures.append(future)
        actors = self.client.gather(futures)
        summaries = [call.result() for call in [actor.summary() for actor in actors]]
        self.nbytes = sum(nbytes for nbytes, _ in summaries)
        self.counts_ties = all(counts_ties for _, counts_ties in summaries)
        self.actors = actors

    def _retry(self, work: Callable[[], Any]) -> Any:
        for n_left in reversed(range(MAX_ATTEMPTS)):
            try:
                return work()
            except Exception as error:
                if not _is_worker_loss(error):
                    raise
                self.actors = []
                if not n_left:
                    reason = (str(error).splitlines() or [type(error).__name__])[0]
                    raise HashbenchError(
                        f"workers of the Dask cluster were lost {MAX_ATTEMPTS} times: {reason}"
                    ) from None
                time.sleep(RETRY_SECONDS)
        return None


def _is_worker_loss(error: Exception) -> bool:
    from distributed import KilledWorker

    # An actor's future raises a ValueError or a RuntimeError with this text, depending on when the loss was noticed.
    return isinstance(error, KilledWorker | CancelledError | OSError) or "Worker holding Actor was lost" in str(error)


class _Shard:
    """The part on a worker: the index of a range of items."""

    def __init__(self, retriever: Retriever, items: Hashed, ctx: RunContext) -> None:
        self.index = retriever.build(items, ctx)

    def summary(self) -> tuple[int, bool]:
        """Return the index's memory, and whether it counts ties."""
        return self.index.nbytes, isinstance(self.index, TiedIndex)

    def search(self, *arguments: Any) -> Ranking:
        """Search the index."""
        return self.index.search(*arguments)

    def count_ties(self, *arguments: Any) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Count ties in the index."""
        assert isinstance(self.index, TiedIndex)
        return self.index.count_ties(*arguments)


@dataclass(frozen=True, eq=False)
class ShardedIndex:
    """An index sharded over the workers of a cluster."""

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
        """Rank each shard's items on its worker, and merge the rankings."""

        def arguments(shard: range) -> tuple[Any, ...]:
            return queries, min(k, len(shard)), restrict(exclude, shard)

        return merge_rankings(self.layout.call("search", arguments), self.layout.shards, k)


@dataclass(frozen=True, eq=False)
class TiedShardedIndex(ShardedIndex):
    """A sharded index whose shards count ties."""

    def count_ties(
        self, queries: Hashed, scores: FloatArray, exclude: Interactions, relevant: Interactions
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the sums of the shards' counts."""

        def arguments(shard: range) -> tuple[Any, ...]:
            return queries, scores, restrict(exclude, shard), restrict(relevant, shard)

        counts = self.layout.call("count_ties", arguments)
        return sum(n_tied for n_tied, _ in counts), sum(n_relevant for _, n_relevant in counts)
