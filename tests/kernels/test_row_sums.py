import numpy as np
import pytest

from hashbench.kernels.row_sums import RowSums, sum_rows


@pytest.fixture
def matrix():
    upper = np.triu(np.random.default_rng(0).random((50, 50)) < 0.2)
    return upper | upper.T


def lists(matrix):
    return np.concatenate([[0], np.cumsum(matrix.sum(1))]), np.nonzero(matrix)[1].astype(np.int32)


@pytest.mark.parametrize("d", [1, 16, 83])
@pytest.mark.parametrize("threads", [1, 3])
def test_products_by_numpy(matrix, d, threads):
    rng = np.random.default_rng(1)
    x, rows, out = rng.integers(-9, 9, (50, d)).astype(np.float32), np.array([7, 3, 40]), np.empty((50, d), np.float32)
    sums = RowSums(*lists(matrix), threads)
    sums.product(x, out)
    assert np.array_equal(out, matrix @ x)
    sums.scatter(x[:3], rows, out)
    assert np.array_equal(out, matrix[:, rows] @ x[:3])
    gathered = np.empty((3, d), np.float32)
    sums.gather(x, rows, gathered)
    assert np.array_equal(gathered, (matrix @ x)[rows])


def test_a_product_with_any_lists():
    matrix = np.random.default_rng(0).random((6, 50)) < 0.2
    x, out = np.arange(50 * 20).reshape(50, 20).astype(np.float32), np.empty((6, 20), np.float32)
    sum_rows(*lists(matrix), x, out, 1)
    assert np.array_equal(out, matrix @ x)
