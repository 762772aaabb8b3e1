"""What one retriever's search of a model gave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hashbench.evaluation.ranking import Scores, Search
from hashbench.pipeline.phases import Phases
from hashbench.protocols import ScoredRanking
from hashbench.results.per_user import Hits
from hashbench.results.record import CodeSummary, Latency, StageSummary, TieRange


@dataclass(frozen=True, eq=False)
class SearchOutcome:
    """A model that was trained, searched by one retriever, scored and timed.

    Rows of `ranking` and of each of `scores` (by names such as "hr@50") follow `search.eval_users`.
    """

    training: Sequence[StageSummary]
    codes: CodeSummary | None
    search: Search
    ranking: ScoredRanking
    scores: Mapping[str, Scores]
    latency: Latency
    index_bytes: int
    phases: Phases

    @property
    def metrics(self) -> dict[str, float]:
        """The mean of each metric over the users for whom it is defined."""
        return {name: float(np.nanmean(scores.expected)) for name, scores in self.scores.items()}

    @property
    def ties(self) -> dict[str, TieRange]:
        """The range of each metric over the orders of tied items; empty where the index does not count ties."""
        if self.ranking.ties is None:
            return {}
        return {name: _tie_range(scores) for name, scores in self.scores.items()}

    @property
    def bytes_per_item(self) -> float:
        """Bytes of the index per item."""
        return self.index_bytes / len(self.search.items)

    @property
    def train_seconds(self) -> float:
        """Seconds of all training stages."""
        return sum(stage.seconds for stage in self.training)

    @property
    def per_user(self) -> dict[str, NDArray[np.float32]]:
        """Each metric as float32[n_users]; NaN for users without test items."""
        return {name: self._for_all_users(scores.expected) for name, scores in self.scores.items()}

    @property
    def hits(self) -> Hits:
        """The hits of all users."""
        return Hits.from_ranking(self.ranking, self.search.eval_users, len(self.search.users))

    def _for_all_users(self, values: NDArray[np.float64]) -> NDArray[np.float32]:
        every_user = np.full(len(self.search.users), np.nan, np.float32)
        every_user[self.search.eval_users] = values
        return every_user


def _tie_range(scores: Scores) -> TieRange:
    return TieRange(
        drawn=float(np.nanmean(scores.drawn)), low=float(np.nanmean(scores.low)), high=float(np.nanmean(scores.high))
    )
