"""PTE and NMF: steps by hand, and what they have in the end."""

import itertools

import numpy as np
import pytest

from hashbench.components.encoders.bine import BiNE
from hashbench.components.encoders.nmf import NMF
from hashbench.components.encoders.pte import PTE
from hashbench.components.encoders.skip_gram import TABLE, noise_table
from hashbench.data.interactions import Interactions
from hashbench.protocols import RunContext

CTX = RunContext(3)


@pytest.fixture
def blocks():
    """Two groups of users, each of which knows most of its own ten items and none of the others'."""
    rng = np.random.default_rng(0)
    pairs = [(user, item) for user in range(40) for item in range(20) if user % 2 == item % 2 and rng.random() < 0.7]
    return Interactions.from_pairs(*zip(*pairs, strict=True), 40, 20)


@pytest.mark.parametrize(
    "encoder",
    [PTE(dim=4, epochs=100), NMF(dim=4), BiNE(dim=4, epochs=50, max_walks=32)],
    ids=lambda one: one.name,
)
def test_unknown_items_of_the_own_group_come_before_the_others(encoder, blocks):
    found = encoder.fit(blocks, CTX)
    for user in range(40):
        scores = found.items @ found.users[user]
        own = np.arange(user % 2, 20, 2)
        unknown = np.setdiff1d(own, blocks.row(user))
        others = np.arange(1 - user % 2, 20, 2)
        assert scores[unknown].min(initial=np.inf) > scores[others].mean()


def test_noise_is_in_proportion_to_degree_to_the_three_quarters():
    degrees = np.array([1, 16, 0, 81])
    shares = np.bincount(noise_table(degrees), minlength=4) / TABLE
    assert shares == pytest.approx(np.array([1, 8, 0, 27]) / 36, abs=2 / TABLE)


@pytest.mark.parametrize("power", [0.0, 0.5])
def test_scores_of_pte_grow_with_log_degree_less_the_powers_share(power):
    rng = np.random.default_rng(2)
    hit_probability = np.geomspace(0.05, 0.8, 24)
    pairs = np.nonzero(rng.random((400, 24)) < hit_probability)
    train = Interactions.from_pairs(*pairs, 400, 24)
    found = PTE(dim=1, epochs=200, power=power).fit(train, CTX)
    degrees = np.bincount(train.indices, minlength=24)
    slope = np.polyfit(np.log(degrees), found.items @ found.users.mean(axis=0), 1)[0]
    # A negative that is the positive is left out, which happens to common items more often and tilts the slope.
    assert slope == pytest.approx(1 - power, abs=0.2)


def test_updates_of_nmf_never_raise_what_is_minimised(blocks):
    ones = np.zeros((40, 20))
    ones[blocks.users(), blocks.indices] = 1

    def error(found, l2):
        rest = ((ones - found.users.astype(float) @ found.items.T.astype(float)) ** 2).sum()
        sizes = (ones.sum(1) * (found.users.astype(float) ** 2).sum(1)).sum()
        return rest + l2 * (sizes + (ones.sum(0) * (found.items.astype(float) ** 2).sum(1)).sum())

    for l2 in (0.0, 0.05):
        errors = [error(NMF(dim=4, updates=n, l2=l2).fit(blocks, CTX), l2) for n in (1, 2, 3, 5, 10, 50, 200)]
        assert all(later <= earlier + 1e-5 for earlier, later in itertools.pairwise(errors))
        found = NMF(dim=4, updates=5, l2=l2).fit(blocks, CTX)
        assert min(found.users.min(), found.items.min()) >= 0


def test_values_of_nmf_are_0_or_not_so_small_that_their_products_are_denormal(blocks):
    found = NMF(dim=4, updates=300, l2=0.05).fit(blocks, CTX)
    values = np.concatenate([found.users, found.items]).astype(float)
    assert ((values == 0) | (values**2 > np.finfo(np.float32).tiny)).all()
    assert (values == 0).any()


def test_central_nodes_begin_more_walks():
    """User 0 has four items, and shares three of them with user 1 and one with user 2."""
    train = Interactions.from_pairs([0, 0, 0, 0, 1, 1, 1, 2], [0, 1, 2, 3, 0, 1, 2, 3], 3, 4)
    walks = BiNE(max_walks=10)._walks(train)
    assert walks[0] == 10
    assert walks[0] > walks[1] > walks[2] >= 1
