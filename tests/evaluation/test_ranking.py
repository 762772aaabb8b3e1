import numpy as np

from hashbench.components.metrics import HR
from hashbench.components.retrievers.continuous import Continuous
from hashbench.components.retrievers.hamming import Hamming
from hashbench.data.codes import Codes
from hashbench.data.interactions import Interactions
from hashbench.evaluation.ranking import Task, rank_users
from hashbench.protocols import Hashed, RunContext


def checkerboard(n):
    """User u likes the items of its own parity; half of them are seen, half are to be found."""
    pairs = [(user, item) for user in range(n) for item in range(n) if user % 2 == item % 2]
    seen = Interactions.from_pairs(*np.array([pair for pair in pairs if pair[1] // 2 % 2]).T, n, n)
    truth = Interactions.from_pairs(*np.array([pair for pair in pairs if not pair[1] // 2 % 2]).T, n, n)
    return seen, truth


def test_the_checkerboard_is_solved_by_its_own_codes():
    seen, truth = checkerboard(40)
    values = np.where(np.arange(40) % 2, 1.0, -1.0)[:, None].astype(np.float32)
    hashed = Hashed(Codes.from_signs(values), values)
    search = Task.shuffled(seen, truth, np.random.default_rng(0)).search(hashed, hashed)
    for retriever in (Hamming(), Continuous()):
        ranking = rank_users(retriever.build(search.items, RunContext()), search, 10)
        assert HR().per_user(ranking).tolist() == [1.0] * 40


def test_ties_follow_the_seeded_permutation_and_not_the_item_numbers():
    """With one code for all, users find test items at the rate of chance, wherever these stand in the numbering."""
    n_users, n_items, k = 4, 5000, 500
    hashed = [Hashed(Codes.from_signs(np.ones((n, 8)))) for n in (n_users, n_items)]
    low = Interactions.from_pairs(
        np.repeat(np.arange(n_users), 1000), np.tile(np.arange(1000), n_users), n_users, n_items
    )
    rates = []
    for seed in range(20):
        search = Task.shuffled(Interactions.empty(n_users, n_items), low, np.random.default_rng(seed)).search(*hashed)
        ranking = rank_users(Hamming().build(search.items, RunContext()), search, k)
        rates.append(ranking.hits.mean())
    assert 0.18 < np.mean(rates) < 0.22
    assert len(set(rates)) > 10


def test_only_users_with_something_to_find_are_asked():
    values = np.eye(4, dtype=np.float32)
    truth = Interactions.from_pairs([1, 3], [1, 3], 4, 4)
    task = Task.shuffled(Interactions.empty(4, 4), truth, np.random.default_rng(0))
    search = task.search(Hashed(embeddings=values), Hashed(embeddings=values))
    ranking = rank_users(Continuous().build(search.items, RunContext()), search, 1)
    assert search.eval_users.tolist() == [1, 3]
    assert ranking.hits.tolist() == [[True], [True]]
