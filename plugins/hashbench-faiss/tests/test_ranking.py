import numpy as np
from hashbench_faiss.ranking import rank


def test_seen_items_are_dropped_and_ties_go_to_the_lower_item():
    values = np.array([[1, 2, 2, 5]], np.int32)
    matches = np.array([[7, 9, 3, -1]])
    items, scores = np.full((2, 3), -1, np.int32), np.full((2, 3), -np.inf, np.float32)
    rank(values, matches, -1.0, np.array([1]), np.array([0, 0, 1]), np.array([7], np.int32), items, scores)
    assert items.tolist() == [[-1, -1, -1], [3, 9, -1]]
    assert scores.tolist() == [[-np.inf] * 3, [-2, -2, -np.inf]]
