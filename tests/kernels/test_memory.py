import numpy as np
from numba import njit

from hashbench.kernels.memory import address, prefetch


@njit
def address_of(array):
    prefetch(address(array))
    prefetch(0)  # need not be readable
    return address(array)


def test_addresses_are_those_of_numpy():
    array = np.arange(10.0)
    assert address_of(array) == array.ctypes.data
    assert address_of(array[3:]) == array.ctypes.data + 24
