import numpy as np

from hashbench.kernels.neighbour_sampling import draw_neighbours, number_nodes, transpose

INDPTR, INDICES = np.array([0, 5, 6, 6]), np.array([10, 11, 12, 13, 14, 20], np.int32)


def drawn(nodes, seed, fan_out=2):
    starts = np.arange(len(nodes)) * fan_out
    columns = np.full(len(nodes) * fan_out, -1, np.int32)
    draw_neighbours(INDPTR, INDICES, np.array(nodes), starts, fan_out, np.uint64(seed), columns)
    return columns.reshape(len(nodes), fan_out).tolist()


def test_neighbours_are_distinct_and_all_of_them_where_there_are_few():
    (many, few, none) = drawn([0, 1, 2], 3)
    assert len(set(many)) == 2
    assert set(many) <= set(range(10, 15))
    assert (few, none) == ([20, -1], [-1, -1])


def test_a_draw_depends_on_the_seed_and_the_node_alone():
    assert drawn([1, 0], 3)[1] == drawn([0], 3)[0]
    assert len({tuple(drawn([0], seed)[0]) for seed in range(50)}) > 10


def test_nodes_are_numbered_in_the_order_in_which_they_appear():
    columns, row_of, reached = np.array([7, 3, 9, 7], np.int32), np.full(10, -1, np.int32), np.empty(6, np.int64)
    n = number_nodes(np.array([3, 5]), columns, row_of, reached)
    assert reached[:n].tolist() == [3, 5, 7, 9]
    assert columns.tolist() == [2, 0, 3, 2]
    assert (row_of == -1).all()


def test_a_transposed_matrix_by_numpy():
    matrix = np.random.default_rng(0).random((6, 5)) < 0.4
    rows, columns = np.nonzero(matrix)
    indptr = np.concatenate([[0], np.cumsum(matrix.sum(1))])
    ends = np.cumsum(matrix.sum(0))
    starts, transposed = np.concatenate([[0], ends[:-1]]), np.empty(len(rows), np.int32)
    transpose(indptr, columns.astype(np.int32), starts, transposed)
    assert transposed.tolist() == np.nonzero(matrix.T)[1].tolist()
    assert starts.tolist() == ends.tolist()
