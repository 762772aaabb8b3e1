"""HR and AUC on validation interactions."""

import numpy as np

from hashbench.components.retrievers.hamming import Hamming
from hashbench.data.codes import Codes
from hashbench.data.interactions import Interactions
from hashbench.data.split import InteractionSplit
from hashbench.evaluation.validation import Validator
from hashbench.protocols import Hashed, RunContext


def validation(sign):
    """Validate codes by which users of even and odd numbers like, or dislike, items of their own parity."""
    n = 40
    pairs = np.array([(user, item) for user in range(n) for item in range(n) if user % 2 == item % 2])
    is_valid = pairs[:, 1] // 2 % 10 == 0
    train, valid = (Interactions.from_pairs(*pairs[rows].T, n, n) for rows in (~is_valid, is_valid))
    split = InteractionSplit(train, valid, Interactions.empty(n, n))
    values = np.where(np.arange(n) % 2, 1.0, -1.0)[:, None] * np.ones((1, 8))
    users, items = Hashed(Codes.from_signs(values)), Hashed(Codes.from_signs(sign * values))
    return Validator(split, [Hamming()], 50, RunContext()).validate(users, items)


def test_good_codes_find_everything_and_bad_ones_nothing():
    assert (validation(1).hr, validation(1).auc) == (1.0, 1.0)
    assert (validation(-1).hr, validation(-1).auc) == (0.0, 0.0)
