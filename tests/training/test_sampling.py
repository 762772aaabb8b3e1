import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hashbench.data.interactions import Interactions
from hashbench.training.sampling import sample_epoch, sample_negatives


@st.composite
def interactions(draw):
    n_users, n_items = draw(st.integers(1, 10)), draw(st.integers(2, 15))
    pairs = st.tuples(st.integers(0, n_users - 1), st.integers(0, n_items - 1))
    users, items = zip(*draw(st.sets(pairs, min_size=1)), strict=True)
    return Interactions.from_pairs(users, items, n_users, n_items)


@given(interactions(), st.integers(1, 4), st.integers(0, 2**32))
def test_an_epoch_has_every_interaction_once_and_true_negatives(train, n_negatives, seed):
    epoch = sample_epoch(train, n_negatives, np.random.default_rng(seed))
    pairs = set(zip(epoch.users.tolist(), epoch.positives.tolist(), strict=True))
    assert len(epoch.users) == len(pairs) == len(train)
    assert pairs == set(zip(train.users().tolist(), train.indices.tolist(), strict=True))
    assert epoch.negatives.shape == (len(train), n_negatives)
    for user, negatives in zip(epoch.users, epoch.negatives, strict=True):
        if train.row(user).size < train.n_items:
            assert not set(negatives.tolist()) & set(train.row(user).tolist())


@given(interactions(), st.integers(1, 4), st.integers(1, 7))
def test_samples_do_not_depend_on_the_batch_size(train, n_negatives, size):
    whole = sample_epoch(train, n_negatives, np.random.default_rng(1))
    parts = list(sample_epoch(train, n_negatives, np.random.default_rng(1)).batches(size))
    assert np.array_equal(np.concatenate([part.users for part in parts]), whole.users)
    assert np.array_equal(np.concatenate([part.negatives for part in parts]), whole.negatives)
    assert all(part.users.size == size for part in parts[:-1])


def test_negatives_are_uniform_over_what_the_user_has_not_seen():
    train = Interactions.from_pairs([0, 0, 0], [0, 1, 2], 1, 10)
    drawn = sample_negatives(train, np.zeros(70_000, np.int64), np.random.default_rng(0))
    counts = np.bincount(drawn, minlength=10)
    assert counts[:3].tolist() == [0, 0, 0]
    assert np.all(abs(counts[3:] - 10_000) < 500)
