import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hashbench.components.objectives.bpr import BPR
from hashbench.components.objectives.softmax import Softmax
from hashbench.data.interactions import Interactions
from hashbench.training.sampling import sample_epoch, sample_negatives


@st.composite
def interactions(draw):
    n_users, n_items = draw(st.integers(1, 10)), draw(st.integers(2, 15))
    pairs = st.tuples(st.integers(0, n_users - 1), st.integers(0, n_items - 1))
    users, items = zip(*draw(st.sets(pairs, min_size=1)), strict=True)
    return Interactions.from_pairs(users, items, n_users, n_items)


@given(interactions(), st.integers(1, 4), st.integers(1, 7), st.integers(0, 2**32))
def test_an_epoch_has_every_interaction_once_and_true_negatives(train, n_negatives, size, seed):
    epoch_batches = list(sample_epoch(train, BPR(n_negatives), size, np.random.default_rng(seed)))
    pairs = [
        pair for batch in epoch_batches for pair in zip(batch.users.tolist(), batch.positives.tolist(), strict=True)
    ]
    assert sorted(pairs) == sorted(zip(train.users().tolist(), train.indices.tolist(), strict=True))
    assert all(batch.users.size == size for batch in epoch_batches[:-1])
    for batch in epoch_batches:
        assert batch.negatives.shape == (batch.users.size, n_negatives)
        assert batch.interacted_mask is None
        for user, negatives in zip(batch.users, batch.negatives, strict=True):
            if train.row(user).size < train.n_items:
                assert not set(negatives.tolist()) & set(train.row(user).tolist())


@given(interactions(), st.integers(1, 4), st.integers(1, 7))
def test_samples_do_not_depend_on_the_batch_size(train, n_negatives, size):
    (whole,) = sample_epoch(train, BPR(n_negatives), 1000, np.random.default_rng(1))
    parts = list(sample_epoch(train, BPR(n_negatives), size, np.random.default_rng(1)))
    assert np.array_equal(np.concatenate([part.users for part in parts]), whole.users)
    assert np.array_equal(np.concatenate([part.negatives for part in parts]), whole.negatives)


@given(interactions(), st.integers(1, 20), st.integers(1, 7))
def test_shared_negatives_are_drawn_once_each_and_known_ones_are_marked(train, n_negatives, size):
    for batch in sample_epoch(train, Softmax(n_negatives), size, np.random.default_rng(1)):
        assert batch.negatives.size == np.unique(batch.negatives).size == min(n_negatives, train.n_items)
        interacted_mask = [[item in train.row(user) for item in batch.negatives] for user in batch.users]
        assert np.array_equal(batch.interacted_mask, interacted_mask)


def test_negatives_are_uniform_over_what_the_user_has_not_seen():
    train = Interactions.from_pairs([0, 0, 0], [0, 1, 2], 1, 10)
    drawn = sample_negatives(train, np.zeros(70_000, np.int64), np.random.default_rng(0))
    counts = np.bincount(drawn, minlength=10)
    assert counts[:3].tolist() == [0, 0, 0]
    assert np.all(abs(counts[3:] - 10_000) < 500)


def test_shared_negatives_follow_popularity_to_their_power():
    counts = np.array([1, 4, 16, 0, 64])
    train = Interactions.from_pairs(np.arange(85), np.repeat(np.arange(5), counts), 85, 5)
    for power in (0.0, 0.5, 1.0):
        rng = np.random.default_rng(0)
        drawn = [batch.negatives for _ in range(60) for batch in sample_epoch(train, Softmax(1, power=power), 1, rng)]
        shares = np.bincount(np.concatenate(drawn), minlength=5) / len(drawn)
        expected = np.where(counts > 0, 1.0 * counts, 1.0 - bool(power)) ** power
        assert np.allclose(shares, expected / expected.sum(), atol=0.03)
