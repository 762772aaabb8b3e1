import numpy as np

from hashbench.kernels.edge_sampling import Edges, train_on_sampled_edges
from hashbench.kernels.skip_gram import Negatives


def test_edges_without_negatives_bring_their_ends_together():
    rng = np.random.default_rng(0)
    users, items = (rng.standard_normal((4, 3)).astype(np.float32) * 0.1 for _ in range(2))
    untouched = users[3].copy(), items[3].copy()
    edges = Edges(np.array([0, 1, 2]), np.array([2, 1, 0], np.int32))
    before = np.einsum("nd,nd->n", users[edges.users], items[edges.items])
    train_on_sampled_edges(edges, users, items, Negatives(np.zeros(1, np.int32), 0), 300, 0.1, 0)
    assert (np.einsum("nd,nd->n", users[edges.users], items[edges.items]) > before + 0.1).all()
    assert np.array_equal(users[3], untouched[0])
    assert np.array_equal(items[3], untouched[1])


def test_the_seed_says_which_edges():
    def trained(seed):
        users, items = np.ones((3, 2), np.float32), np.zeros((3, 2), np.float32)
        edges = Edges(np.arange(3), np.arange(3, dtype=np.int32))
        train_on_sampled_edges(edges, users, items, Negatives(np.arange(3, dtype=np.int32), 2), 5, 0.1, seed)
        return items

    assert np.array_equal(trained(1), trained(1))
    assert not np.array_equal(trained(1), trained(2))
