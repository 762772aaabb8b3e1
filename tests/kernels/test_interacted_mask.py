import numpy as np

from hashbench.kernels.interacted_mask import mark_interacted


def test_only_items_with_a_column_are_marked():
    indptr, indices = np.array([0, 2, 2, 5]), np.array([0, 3, 1, 2, 3], np.int32)
    mask = np.zeros((3, 2), np.bool_)
    mark_interacted(indptr, indices, np.array([2, 1, 0]), np.array([-1, 1, -1, 0], np.int32), mask)
    assert mask.tolist() == [[True, True], [False, False], [True, False]]
