"""The values of the contract: contexts, hashed sides, rankings and their ties."""

import numpy as np
import pytest
import torch

from hashbench.data.codes import Codes
from hashbench.protocols import Hashed, RunContext, ScoredRanking, Ties


def test_random_numbers_depend_on_seed_and_purpose_alone():
    draws = [
        RunContext(seed).rng(purpose).integers(2**62) for seed, purpose in ((1, "a"), (1, "a"), (2, "a"), (1, "b"))
    ]
    assert draws[0] == draws[1]
    assert len(set(draws)) == 3
    torch_draws = [torch.rand(1, generator=RunContext(seed).torch_rng("a")).item() for seed in (1, 1, 2)]
    assert torch_draws[0] == torch_draws[1] != torch_draws[2]


def test_rows_of_a_hashed_side_are_taken_in_order():
    signs, bit_values = np.eye(3) - 0.5, np.array([[-2, -2, -2], [1, 1, 1]], np.float32)
    side = Hashed(Codes.from_signs(signs), signs.astype(np.float32), bit_values)
    rows = side.take([2, 0])
    assert rows.codes.signs().tolist() == [[-1, -1, 1], [1, -1, -1]]
    assert rows.embeddings.tolist() == [[-0.5, -0.5, 0.5], [0.5, -0.5, -0.5]]
    assert rows.bit_values is bit_values
    assert (len(side), len(rows), len(Hashed(embeddings=side.embeddings)), len(Hashed())) == (3, 2, 3, 0)


def test_the_probability_of_a_hit_is_shared_by_tied_items():
    hits = np.array([[True, False, False]])
    ties = Ties(*(np.array([row], np.int32) for row in ([0, 1, 1], [1, 4, 4], [1, 2, 2])))
    ranking = ScoredRanking(np.array([[5, 6, 7]], np.int32), hits, np.array([3]), ties)
    assert ranking.hit_probability == pytest.approx(np.array([[1, 0.5, 0.5]]))
    assert ranking.at(2).hit_probability.shape == ranking.at(2).items.shape == (1, 2)
    assert ScoredRanking(ranking.items, hits, ranking.n_relevant).hit_probability.tolist() == [[1, 0, 0]]
