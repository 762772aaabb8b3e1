import numpy as np

from hashbench.kernels.aligned import LINE, aligned, empty_aligned


def test_arrays_begin_at_a_cache_line():
    for shape in ((1,), (7, 3), (0, 4)):
        array = empty_aligned(shape, np.float32)
        assert (array.shape, array.dtype) == (shape, np.float32)
        assert array.size == 0 or array.ctypes.data % LINE == 0


def test_only_arrays_that_need_it_are_copied():
    array = empty_aligned((6, 16), np.float32)
    array[:] = np.arange(96).reshape(6, 16)
    assert aligned(array, np.float32) is array
    for other in (array[:, 1:], array.T, array.astype(np.float64)):
        copy = aligned(other, np.float32)
        assert np.array_equal(copy, other)
        assert copy.ctypes.data % LINE == 0
        assert copy.flags.c_contiguous
