import threading

import numpy as np
import pytest

from hashbench.kernels.blocks import in_blocks, scratch


@pytest.mark.parametrize(("n", "block", "threads"), [(0, 4, 1), (10, 4, 1), (10, 4, 3), (3, 100, 8)])
def test_every_row_is_worked_on_once(n, block, threads):
    counts = np.zeros(n, int)

    def work(rows):
        assert rows.stop - rows.start <= block
        counts[rows] += 1

    in_blocks(n, block, threads, work)
    assert counts.tolist() == [1] * n


def test_an_error_of_a_thread_is_raised():
    def work(rows):
        raise RuntimeError("stopped")

    with pytest.raises(RuntimeError, match="stopped"):
        in_blocks(10, 1, 2, work)


def test_the_next_call_reuses_the_buffer_of_its_thread():
    first, second = scratch(20, 30), scratch(5, 7)
    assert (first.shape, second.shape) == ((20, 30), (5, 7))
    assert np.shares_memory(first, second)
    others = []
    thread = threading.Thread(target=lambda: others.append(scratch(5, 7)))
    thread.start()
    thread.join()
    assert not np.shares_memory(others[0], first)
