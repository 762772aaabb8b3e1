import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from hashbench.data.codes import Codes
from hashbench.evaluation import diagnostics
from hashbench.evaluation.diagnostics import check_binary, diagnose
from hashbench.protocols import Hashed

SIGNS = st.sampled_from([-1.0, 1.0])


def rng():
    return np.random.default_rng(0)


def hashed(bits, embeddings=None):
    return Hashed(Codes.from_signs(np.array(bits) * 2 - 1), embeddings)


def signs(rows, n_bits):
    """Few bits, so that codes collide, bits stay constant and distances tie."""
    return hnp.arrays(np.float32, st.tuples(rows, st.just(n_bits)), elements=SIGNS)


both_sides = st.sampled_from([1, 2, 5, 9, 64, 70]).flatmap(
    lambda n_bits: st.tuples(signs(st.integers(1, 6), n_bits), signs(st.integers(1, 12), n_bits))
)


def summary(users, items, ks=(1, 2, 5)):
    return diagnose(Hashed(Codes.from_signs(users)), Hashed(Codes.from_signs(items)), ks, rng())


ITEMS = [[0, 0, 1], [0, 1, 1], [1, 0, 1], [0, 0, 1]]
USERS = [[0, 0, 1], [1, 1, 0]]


def test_a_tiny_model_by_hand():
    """Bit 2 is constant; bits 0 and 1 are 1 in one item of four, never together: r = (0 - 1/16) / (3/16) = -1/3."""
    diagnosis = diagnose(hashed(USERS), hashed(ITEMS), [1, 3, 4, 5], rng())
    quarter = 0.25 * 2 + 0.75 * np.log2(4 / 3)
    items = diagnosis.items
    assert (diagnosis.n_bits, items.n) == (3, 4)
    assert items.ones == [0.25, 0.25, 1.0]
    assert (items.ones_min, items.ones_mean, items.ones_max) == (0.25, 0.5, 1.0)
    assert items.entropy == [round(quarter, 6), round(quarter, 6), 0.0]
    assert items.entropy_mean == pytest.approx(quarter * 2 / 3)
    assert items.constant_bits == 1
    assert items.correlation_mean == pytest.approx(1 / 3)
    assert items.correlation_max == pytest.approx(1 / 3)
    assert (items.distinct, items.shared) == (3, 0.5)
    assert items.sign_agreement is None
    # Users: both bits of a pair always agree or always differ, |r| = 1.
    assert diagnosis.users.ones == [0.5, 0.5, 0.5]
    assert diagnosis.users.entropy == [1.0, 1.0, 1.0]
    assert (diagnosis.users.correlation_mean, diagnosis.users.correlation_max) == (1.0, 1.0)
    assert (diagnosis.users.distinct, diagnosis.users.shared) == (2, 0.0)
    # Distances of 001: 0 1 1 0; of 110: 3 2 2 3.
    assert diagnosis.sampled_users == 2
    assert diagnosis.distances == [2, 2, 2, 2]
    assert [place.k for place in diagnosis.places] == [1, 3, 4]
    first, third, _ = diagnosis.places
    assert (first.radius_median, first.tie_median) == (1.0, 2.0)  # radii 0 and 2
    assert first.radius_p95 == pytest.approx(1.9)
    assert (third.radius_median, third.tie_median, third.tie_p95) == (2.0, 2.0, 2.0)  # radii 1 and 3


def test_bytes_count_what_all_codes_share():
    items = hashed(np.ones((4, 9)), np.ones((4, 3), np.float32))
    diagnosis = diagnose(items, items, [], rng())
    assert (diagnosis.code_bytes, diagnosis.code_and_embedding_bytes) == (2.0, 14.0)

    levelled = Hashed(items.codes, items.embeddings, np.ones((2, 9), np.float32))
    diagnosis = diagnose(items, levelled, [], rng())
    assert (diagnosis.code_bytes, diagnosis.code_and_embedding_bytes) == (2 + 72 / 4, 14 + 72 / 4)
    assert diagnose(items, Hashed(items.codes), [], rng()).code_and_embedding_bytes is None


@pytest.mark.parametrize("bits", [[[1], [0]], [[1, 1], [1, 0]], [[0, 0, 0]]])
def test_correlations_are_undefined_where_fewer_than_two_bits_vary(bits):
    side = diagnose(hashed(bits), hashed(bits), [1], rng()).items
    assert (side.correlation_mean, side.correlation_max) == (None, None)


def test_users_without_codes_leave_out_what_takes_two():
    users = Hashed(embeddings=np.ones((5, 3), np.float32))
    diagnosis = diagnose(users, hashed(ITEMS), [1], rng())
    assert (diagnosis.users, diagnosis.distances, diagnosis.places, diagnosis.sampled_users) == (None, None, [], 0)
    assert diagnosis.items.distinct == 3


def test_what_cannot_be_looked_at_is_refused():
    with pytest.raises(ValueError, match="items have no codes to diagnose"):
        diagnose(hashed(USERS), Hashed(embeddings=np.ones((5, 3), np.float32)), [1], rng())
    with pytest.raises(ValueError, match="users have codes of 2 bits, items of 3"):
        diagnose(hashed([[0, 1]]), hashed(ITEMS), [1], rng())


def test_codes_agree_with_the_signs_of_what_they_were_made_from_and_of_nothing_else():
    embeddings = rng().standard_normal((50, 11)).astype(np.float32)
    embeddings[0, 0] = -0.0
    codes = Codes.from_signs(embeddings)
    assert check_binary(Hashed(codes, np.tanh(embeddings))) == 1.0
    assert check_binary(Hashed(codes, -1 - np.abs(embeddings))) == pytest.approx(1 - codes.signs().clip(0).mean())
    changed = embeddings.copy()
    changed[3, 4] *= -1
    assert check_binary(Hashed(codes, changed)) == pytest.approx(1 - 1 / 550)
    assert check_binary(Hashed(codes, embeddings[:, :10])) is None
    assert check_binary(Hashed(codes, embeddings[:20])) is None
    assert check_binary(Hashed(codes)) is None
    assert check_binary(Hashed(embeddings=embeddings)) is None


def test_the_sample_of_users_follows_the_generator(monkeypatch):
    monkeypatch.setattr(diagnostics, "SAMPLED_USERS", 20)
    users, items = (Codes.from_signs(rng().standard_normal((n, 16))) for n in (300, 40))
    first, again, other_seed = (
        diagnose(Hashed(users), Hashed(items), [5], np.random.default_rng(seed)) for seed in (0, 0, 1)
    )
    assert first == again
    assert first.sampled_users == 20
    assert sum(first.distances) == 20 * 40
    assert first.distances != other_seed.distances
    assert first.users == other_seed.users  # all users' bits count, sampled or not


@pytest.mark.parametrize("block_values", [1, 7, 100])
def test_blocks_do_not_change_anything(monkeypatch, block_values):
    embeddings = rng().standard_normal((90, 13)).astype(np.float32)
    side = Hashed(Codes.from_signs(embeddings), np.roll(embeddings, 1, 0))
    whole = diagnose(side, side, [3], rng())
    monkeypatch.setattr(diagnostics, "BLOCK_VALUES", block_values)
    assert diagnose(side, side, [3], rng()) == whole


@given(both_sides, st.randoms(use_true_random=False))
def test_the_order_of_items_changes_nothing(sides, random):
    users, items = sides
    order = list(range(len(items)))
    random.shuffle(order)
    assert summary(users, items[order]) == summary(users, items)


@given(both_sides, st.data())
def test_a_complemented_bit_keeps_entropy_and_correlation(sides, data):
    users, items = sides
    bit = data.draw(st.integers(0, items.shape[1] - 1))
    flip = np.where(np.arange(items.shape[1]) == bit, -1, 1).astype(np.float32)
    before, after = summary(users, items), summary(users * flip, items * flip)
    assert after.items.entropy == before.items.entropy
    assert after.items.ones[bit] == pytest.approx(1 - before.items.ones[bit], abs=1e-6)
    assert after.items.correlation_mean == pytest.approx(before.items.correlation_mean)
    assert after.items.correlation_max == pytest.approx(before.items.correlation_max)
    assert (after.items.distinct, after.items.shared) == (before.items.distinct, before.items.shared)
    assert (after.distances, after.places) == (before.distances, before.places)


@given(both_sides)
def test_distances_radii_and_ties_by_brute_force(sides):
    users, items = sides
    diagnosis = summary(users, items, range(20))
    distances = (users[:, None] != items[None]).sum(2)
    assert sum(diagnosis.distances) == distances.size
    assert diagnosis.distances == np.bincount(distances.ravel(), minlength=items.shape[1] + 1).tolist()
    assert [place.k for place in diagnosis.places] == list(range(1, len(items) + 1))
    for place in diagnosis.places:
        radii = np.sort(distances, axis=1)[:, place.k - 1]
        ties = (distances == radii[:, None]).sum(1)
        assert [place.radius_median, place.radius_p95] == pytest.approx(np.percentile(radii, [50, 95]).tolist())
        assert [place.tie_median, place.tie_p95] == pytest.approx(np.percentile(ties, [50, 95]).tolist())


@given(both_sides)
def test_bits_and_collisions_by_numpy(sides):
    users, items = sides
    side = summary(users, items).items
    _, sizes = np.unique(items, axis=0, return_counts=True)
    assert side.distinct == len(sizes)
    assert side.shared == pytest.approx(sizes[sizes > 1].sum() / len(items))
    assert side.ones == pytest.approx((items > 0).mean(0).tolist(), abs=1e-6)
    varying = items[:, items.std(0) > 0].astype(np.float64)
    assert side.constant_bits == items.shape[1] - varying.shape[1]
    assert (side.correlation_mean is None) == (varying.shape[1] < 2)
    if varying.shape[1] >= 2:
        pairs = np.abs(np.corrcoef(varying.T))[np.triu_indices(varying.shape[1], 1)]
        assert side.correlation_mean == pytest.approx(pairs.mean())
        assert side.correlation_max == pytest.approx(pairs.max())
        assert side.correlation_max <= 1
