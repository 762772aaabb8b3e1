"""Laws of all five retrievers; each has its conformance tests in a file of its name."""

import threading

import numpy as np
import pytest
from hashbench_faiss.binary_flat import BinaryFlat
from hashbench_faiss.binary_hnsw import BinaryHNSW
from hashbench_faiss.binary_ivf import BinaryIVF
from hashbench_faiss.hnsw import HNSW
from hashbench_faiss.ivf_pq import IVFPQ
from hashbench_faiss.library import faiss
from hashbench_faiss.search import round_up
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hashbench.components.retrievers.continuous import Continuous
from hashbench.components.retrievers.hamming import Hamming
from hashbench.data.codes import Codes
from hashbench.data.interactions import Interactions
from hashbench.errors import BadData
from hashbench.evaluation.recall import recall_of_exact
from hashbench.protocols import Hashed, RunContext

# Parameters so small that even a few items have several lists and a real walk.
APPROXIMATE = [
    BinaryIVF(),
    BinaryIVF(nlist=5, nprobe=1),
    BinaryHNSW(),
    BinaryHNSW(m=2, ef_construction=4, ef_search=1),
    IVFPQ(),
    IVFPQ(nlist=5, nprobe=1, m=3, bits=4),
    HNSW(),
    HNSW(m=2, ef_construction=4, ef_search=1),
]
every = pytest.mark.parametrize("retriever", [BinaryFlat(), *APPROXIMATE], ids=repr)
every_kind = pytest.mark.parametrize(
    "retriever", [BinaryFlat(), BinaryIVF(), BinaryHNSW(), IVFPQ(), HNSW()], ids=lambda retriever: retriever.name
)


@st.composite
def cases(draw, most_items=60):
    n_users, n_items, n_bits = draw(st.integers(1, 9)), draw(st.integers(0, most_items)), draw(st.integers(1, 140))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    # Few distinct integer values, so that inner products are exact and ties are many.
    sides = [rng.integers(-1, 2, (n, n_bits)).astype(np.float32) for n in (n_users, n_items)]
    if n_items and draw(st.booleans()):
        sides[1] = sides[1][rng.integers(0, draw(st.integers(1, n_items)), n_items)]  # many items of one code
    users, items = (Hashed(Codes.from_signs(side), side) for side in sides)
    seen = rng.random((n_users, n_items)) < draw(st.sampled_from([0, 0.3, 0.97, 1.1]))
    exclude = Interactions.from_pairs(*np.nonzero(seen), n_users, n_items)
    return users, items, draw(st.integers(1, n_items + 5)), exclude, draw(st.sampled_from([1, 2]))


def clustered(n_users=200, n_items=2000, dim=48, clusters=60):
    rng = np.random.default_rng(5)
    centres = rng.standard_normal((clusters, dim))
    sides = [centres[rng.integers(0, clusters, n)] + 0.5 * rng.standard_normal((n, dim)) for n in (n_users, n_items)]
    users, items = (Hashed(Codes.from_signs(side), side.astype(np.float32)) for side in sides)
    seen_items = rng.integers(0, n_items, (n_users, 30))
    seen = Interactions.from_pairs(np.repeat(np.arange(n_users), 30), seen_items.ravel(), n_users, n_items)
    return users, items, seen


def exact_scores(retriever, users, items):
    if "codes" in retriever.needs:
        return -(users.codes.signs()[:, None] != items.codes.signs()[None]).sum(2).astype(np.float32)
    return users.embeddings @ items.embeddings.T


@given(cases(most_items=300))
def test_binary_flat_ranks_as_hamming_does(case):
    users, items, k, exclude, threads = case
    ranking = BinaryFlat().build(items, RunContext(threads=threads)).search(users, k, exclude)
    if len(items):
        expected = Hamming().build(items, RunContext()).search(users, k, exclude)
        assert np.array_equal(ranking.items, expected.items)
        assert np.array_equal(ranking.scores, expected.scores)
    else:
        assert np.all(ranking.items == -1)


@pytest.mark.parametrize("n_bits", [3, 64, 200])
def test_binary_flat_ranks_as_hamming_does_beyond_a_block_of_faiss(n_bits):
    """faiss scans 65,536 codes at a time; here most of them tie."""
    rng = np.random.default_rng(n_bits)
    likely = [0.5, 0.5] if n_bits == 3 else [0.8, 0.2]
    users, items = (Hashed(Codes.from_signs(rng.choice([-1, 1], (n, n_bits), p=likely))) for n in (7, 70_000))
    exclude = Interactions.from_pairs(np.repeat(np.arange(7), 900), rng.integers(0, 70_000, 6300), 7, 70_000)
    for k in (10, 1000):
        ranking = BinaryFlat().build(items, RunContext()).search(users, k, exclude)
        expected = Hamming().build(items, RunContext()).search(users, k, exclude)
        assert np.array_equal(ranking.items, expected.items)
        assert np.array_equal(ranking.scores, expected.scores)


@given(cases())
def test_binary_flat_counts_ties(case):
    users, items, k, exclude, threads = case
    next_items = (exclude.indices + 1) % max(len(items), 1)
    relevant = Interactions.from_pairs(exclude.users(), next_items, len(users), len(items))
    index = BinaryFlat().build(items, RunContext(threads=threads))
    last = index.search(users, k, exclude).scores[:, -1]
    n_tied, n_relevant = index.count_ties(users, last, exclude, relevant)
    for user, score in enumerate(last):
        true = exact_scores(BinaryFlat(), users, items)[user]
        tied = set(np.flatnonzero(true == score).tolist()) - set(exclude.row(user).tolist())
        assert n_tied[user] == len(tied)
        assert n_relevant[user] == len(tied & set(relevant.row(user).tolist()))


@pytest.mark.parametrize("retriever", APPROXIMATE, ids=repr)
@given(case=cases())
@settings(max_examples=40)
def test_ranked_items_are_unseen_distinct_truly_scored_and_in_order(retriever, case):
    users, items, k, exclude, threads = case
    ranking = retriever.build(items, RunContext(threads=threads)).search(users, k, exclude)
    assert ranking.items.dtype == np.int32
    assert ranking.scores.dtype == np.float32
    assert ranking.items.shape == ranking.scores.shape == (len(users), k)
    true = exact_scores(retriever, users, items) if len(items) else None
    for user, (row, scores) in enumerate(zip(ranking.items, ranking.scores, strict=True)):
        filled = row >= 0
        n_ranked = min(k, len(items) - exclude.row(user).size)
        assert filled.tolist() == [True] * n_ranked + [False] * (k - n_ranked)
        assert np.isneginf(scores[~filled]).all()
        ranked, scores = row[filled], scores[filled]
        assert np.unique(ranked).size == ranked.size
        assert not np.isin(ranked, exclude.row(user)).any()
        assert np.array_equal(np.lexsort((ranked, -scores)), np.arange(ranked.size))
        if "pq" not in retriever.name and ranked.size:
            assert np.array_equal(scores, true[user, ranked])


def test_scores_of_quantised_embeddings_are_near_the_true_ones():
    users, items, seen = clustered()
    ranking = IVFPQ().build(items, RunContext()).search(users, 20, seen)
    true = np.take_along_axis(exact_scores(IVFPQ(), users, items), ranking.items, 1)
    assert np.corrcoef(ranking.scores.ravel(), true.ravel())[0, 1] > 0.95
    assert np.abs(ranking.scores - true).mean() < 0.05 * true.mean()


RECALL = [
    (BinaryFlat(), 1),
    (BinaryIVF(), 0.9),
    (BinaryHNSW(), 0.95),
    (IVFPQ(), 0.8),
    (IVFPQ(m=24, bits=6), 0.85),
    (HNSW(), 0.95),
]


@pytest.mark.parametrize(("retriever", "bound"), RECALL, ids=repr)
def test_recall_of_the_exact_answer_on_clustered_data(retriever, bound):
    users, items, seen = clustered()
    exact = (Hamming() if "codes" in retriever.needs else Continuous()).build(items, RunContext())
    ranking = retriever.build(items, RunContext(seed=1)).search(users, 50, seen)
    recall = recall_of_exact(ranking, exact.search(users, 50, seen)).mean()
    assert recall >= bound


@every
def test_a_seed_repeats_an_index_and_a_ranking_bit_for_bit(retriever):
    users, items, seen = clustered(n_items=1000)

    def ranked(threads):
        return retriever.build(items, RunContext(seed=3, threads=threads)).search(users, 30, seen)

    once, again = ranked(1), ranked(3)
    assert np.array_equal(once.items, again.items)
    assert np.array_equal(once.scores, again.scores)


@pytest.mark.parametrize(
    "retriever", [BinaryIVF(), BinaryHNSW(), IVFPQ(), HNSW()], ids=lambda retriever: retriever.name
)
def test_the_seed_is_the_runs(retriever):
    _, items, _ = clustered(n_items=1000)

    def saved(seed):
        save = faiss.serialize_index_binary if "codes" in retriever.needs else faiss.serialize_index
        return save(retriever.build(items, RunContext(seed=seed)).index).tobytes()

    assert saved(0) == saved(0)
    assert saved(0) != saved(1)


@every
def test_a_batch_equals_single_queries_bit_for_bit(retriever):
    """Over embeddings whose sums round, and seen items of every number."""
    users, items, _ = clustered(n_users=70, n_items=700)
    rng = np.random.default_rng(0)
    seen = rng.random((70, 700)) < np.linspace(0, 1.01, 70)[:, None]
    exclude = Interactions.from_pairs(*np.nonzero(seen), 70, 700)
    index = retriever.build(items, RunContext(threads=2))
    batch = index.search(users, 30, exclude)
    for user in range(70):
        single = index.search(users.take([user]), 30, exclude.select([user]))
        assert np.array_equal(single.items[0], batch.items[user])
        assert np.array_equal(single.scores[0], batch.scores[user])


@every
@pytest.mark.parametrize("n_items", [0, 1, 2, 3])
@pytest.mark.parametrize("n_bits", [1, 7, 8, 9, 65])
def test_tiny_catalogues(retriever, n_items, n_bits, capfd):
    rng = np.random.default_rng(n_bits)
    users, items = (rng.standard_normal((n, n_bits)).astype(np.float32) for n in (4, n_items))
    users, items = (Hashed(Codes.from_signs(side), side) for side in (users, items))
    index = retriever.build(items, RunContext())
    ranking = index.search(users, 5, Interactions.empty(4, n_items))
    assert all(sorted(row) == [-1] * (5 - n_items) + list(range(n_items)) for row in ranking.items.tolist())
    assert np.array_equal(ranking.items == -1, np.isneginf(ranking.scores))
    assert index.nbytes > 0
    assert index.search(users.take(np.arange(0)), 5, Interactions.empty(0, n_items)).items.shape == (0, 5)
    assert capfd.readouterr() == ("", "")  # faiss is not to warn of few points


@every_kind
def test_items_that_are_all_alike(retriever):
    alike = np.ones((500, 24), np.float32)
    items = Hashed(Codes.from_signs(alike), alike)
    exclude = Interactions.from_pairs([0, 0, 0], [0, 2, 499], 2, 500)
    ranking = retriever.build(items, RunContext()).search(items.take([0, 1]), 490, exclude)
    assert (ranking.items >= 0).all()
    assert np.all(np.diff(ranking.items) >= 1)
    assert not np.isin(ranking.items[0], [0, 2, 499]).any()


@pytest.mark.parametrize("retriever", [IVFPQ(), HNSW()], ids=lambda retriever: retriever.name)
@pytest.mark.parametrize("odd", [np.nan, np.inf])
def test_embeddings_that_are_not_finite(retriever, odd):
    users, items, seen = clustered(n_users=3, n_items=100)
    broken = items.embeddings.copy()
    broken[7, 3] = odd
    with pytest.raises(BadData, match=rf"{retriever.name}.*NaN or infinity.*--lr"):
        retriever.build(Hashed(embeddings=broken), RunContext())
    index = retriever.build(items, RunContext())
    queries = users.embeddings.copy()
    queries[1] = np.nan
    ranking = index.search(Hashed(embeddings=queries), 5, seen)
    assert (ranking.items[1] == -1).all()
    assert np.array_equal(ranking.items[[0, 2]], index.search(users, 5, seen).items[[0, 2]])


@every_kind
def test_arrays_of_other_types_and_orders_are_accepted(retriever):
    users, items, seen = clustered(n_users=20, n_items=300)
    index = retriever.build(items, RunContext())
    other = Hashed(users.codes, np.asfortranarray(users.embeddings.astype(np.float64)))
    assert np.array_equal(index.search(other, 9, seen).items, index.search(users, 9, seen).items)


@every_kind
def test_the_threads_of_faiss_are_restored(retriever):
    users, items, seen = clustered(n_users=20, n_items=300)
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(2)
    retriever.build(items, RunContext(threads=2)).search(users, 9, seen)
    assert faiss.omp_get_max_threads() == 2
    faiss.omp_set_num_threads(before)


@every_kind
def test_batches_are_shared_between_the_threads_of_the_run(retriever, monkeypatch):
    users, items, seen = clustered(n_users=64, n_items=300)
    index = retriever.build(items, RunContext(threads=2))
    barrier, threads = threading.Barrier(2, timeout=20), set()
    matches = type(index).matches

    def observed(*args):
        if threading.get_ident() not in threads:
            threads.add(threading.get_ident())
            barrier.wait()
        assert faiss.omp_get_max_threads() == 1
        return matches(*args)

    monkeypatch.setattr(type(index), "matches", observed)
    index.search(users, 9, seen)
    assert len(threads) == 2


@every_kind
def test_its_memory_is_that_of_codes_or_embeddings_and_what_finds_them(retriever):
    _, items, _ = clustered()
    index = retriever.build(items, RunContext())
    bytes_per_item = index.nbytes / 2000
    expected = {
        "faiss_binary_flat": (6, 6.1),  # 48 bits
        "faiss_binary_ivf": (14, 16),  # and 8 bytes of number, and centres
        "faiss_binary_hnsw": (6 + 4 * 64, 400),
        "faiss_ivf_pq": (12 + 8, 60),  # and centroids
        "faiss_hnsw": (4 * 48 + 4 * 64, 600),
    }
    lower, upper = expected[retriever.name]
    assert lower <= bytes_per_item <= upper
    assert index.nbytes is index.nbytes  # computed once


@given(st.integers(1, 10**7))
@example(1)
def test_sizes_are_rounded_up_by_a_quarter_at_most(size):
    assert size <= round_up(size) <= 1.25 * size
