import math

import pytest
import torch

from hashbench.objectives.bpr import BPR
from hashbench.objectives.hashgnn import HashGNN

USERS = torch.tensor([[1.0, 0.0], [0.0, 2.0]])
POSITIVES = torch.tensor([[2.0, 5.0], [1.0, 0.5]])  # inner products 2 and 1
NEGATIVES = torch.tensor([[[1.0, 9.0], [-1.0, 0.0]], [[7.0, 0.0], [0.0, 0.25]]])  # 1, -1 and 0, 0.5


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def test_bpr_by_hand():
    margins = [2 - 1, 2 + 1, 1 - 0, 1 - 0.5]
    expected = sum(-math.log(sigmoid(margin)) for margin in margins) / 4
    assert BPR(2).loss(USERS, POSITIVES, NEGATIVES).item() == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("rank_weight", [0.0, 0.5])
def test_hashgnn_by_hand(rank_weight):
    links = sum(-math.log(sigmoid(x)) for x in (2, 1)) / 2
    non_links = sum(-math.log(1 - sigmoid(x)) for x in (1, -1, 0, 0.5)) / 4
    triplets = [(2, 1), (2, -1), (1, 0), (1, 0.5)]
    ranks = sum(max(0, -sigmoid(near) + sigmoid(far) + 0.2) for near, far in triplets) / 4
    loss = HashGNN(rank_weight=rank_weight, negatives=2).loss(USERS, POSITIVES, NEGATIVES).item()
    assert loss == pytest.approx(links + non_links + rank_weight * ranks, rel=1e-6)
