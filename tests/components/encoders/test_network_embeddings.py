"""PTE and NMF: steps by hand, and what they have in the end."""

import itertools

import numpy as np
import pytest

from hashbench.components.encoders.bine import BiNE, _link, _Side, step
from hashbench.components.encoders.nmf import NMF
from hashbench.components.encoders.pte import PTE
from hashbench.components.encoders.skip_gram import TABLE, noise_table, push
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


def test_a_step_is_that_of_the_gradient():
    rng = np.random.default_rng(1)
    centre, contexts = rng.standard_normal(5).astype(np.float32), rng.standard_normal((3, 5)).astype(np.float32)
    noise = np.full(4, 2, np.int32)

    def goal(v, c):
        return -np.log1p(np.exp(-(v @ c[0]))) - np.log1p(np.exp(v @ c[2]))

    rate, h, before = 1e-3, 1e-4, (centre.astype(float), contexts.astype(float))
    push(centre, contexts, 0, noise, 1, rate, np.empty(5, np.float32))
    for d in range(5):
        along = np.eye(5)[d] * h
        slope = (goal(before[0] + along, before[1]) - goal(before[0] - along, before[1])) / (2 * h)
        assert (centre - before[0])[d] == pytest.approx(rate * slope, rel=1e-2, abs=1e-6)
    for which in (0, 2):
        for d in range(5):
            along = np.zeros((3, 5))
            along[which, d] = h
            slope = (goal(before[0], before[1] + along) - goal(before[0], before[1] - along)) / (2 * h)
            assert (contexts - before[1])[which, d] == pytest.approx(rate * slope, rel=1e-2, abs=1e-6)
    assert np.array_equal(contexts[1], before[1][1].astype(np.float32))


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


def test_a_step_of_bine_on_a_link_is_that_of_the_gradient():
    rng = np.random.default_rng(2)
    users, items = (rng.standard_normal((1, 4)).astype(np.float32) for _ in range(2))
    u, i, rate, h = users[0].astype(float), items[0].astype(float), 1e-3, 1e-5
    _link(np.array([0]), np.array([0]), users, items, rate)

    def goal(u, i):
        return -np.log1p(np.exp(-(u @ i)))

    for d in range(4):
        along = np.eye(4)[d] * h
        assert (users[0] - u)[d] == pytest.approx(rate * (goal(u + along, i) - goal(u - along, i)) / (2 * h), rel=1e-2)
        assert (items[0] - i)[d] == pytest.approx(rate * (goal(u, i + along) - goal(u, i - along)) / (2 * h), rel=1e-2)


def test_walks_go_in_proportion_to_common_neighbours_and_central_nodes_begin_more():
    """User 0 has four items, and shares three of them with user 1 and one with user 2."""
    train = Interactions.from_pairs([0, 0, 0, 0, 1, 1, 1, 2], [0, 1, 2, 3, 0, 1, 2, 3], 3, 4)
    walks = BiNE(max_walks=10)._walks(train)
    assert walks[0] == 10
    assert walks[0] > walks[1] > walks[2] >= 1
    back = Interactions.from_pairs(train.indices, train.users(), 4, 3)
    side = _Side(train, back, np.zeros((3, 2), np.float32), 1.0, walks)
    arguments = side.first.indptr, side.first.indices, side.reach, side.second.indptr, side.second.indices
    for node, shares in ((0, [4, 3, 1]), (1, [3, 3, 0]), (2, [1, 0, 1])):
        reached = np.bincount([step(node, *arguments) for _ in range(4000)], minlength=3) / 4000
        assert reached == pytest.approx(np.array(shares) / sum(shares), abs=0.04)
