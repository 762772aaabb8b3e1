import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from hashbench.data.codes import Codes

values = st.tuples(st.integers(0, 20), st.integers(1, 200)).flatmap(
    lambda shape: hnp.arrays(np.float32, shape, elements=st.floats(-1, 1, width=32))
)


@given(values)
def test_signs_survive_packing(z):
    codes = Codes.from_signs(z)
    assert np.array_equal(codes.signs(), np.where(z >= 0, 1, -1))
    assert codes.packed.shape == (z.shape[0], -(-z.shape[1] // 8))


@given(values)
def test_zero_counts_as_plus_one(z):
    assert np.array_equal(Codes.from_signs(z * 0).signs(), np.ones_like(z))


def test_bit_order_is_lowest_first():
    assert Codes.from_signs([[1, -1, -1, -1, -1, -1, -1, -1, 1, 1]]).packed.tolist() == [[1, 3]]


def test_unused_bits_must_be_zero():
    with pytest.raises(ValueError, match="unused bits"):
        Codes(np.array([[0b1000]], np.uint8), 3)


@pytest.mark.parametrize("dtype", [np.int8, np.int64, np.float32, bool])
def test_codes_of_another_type_are_refused(dtype):
    with pytest.raises(ValueError, match=f"codes must be uint8, got {np.dtype(dtype)}"):
        Codes(np.ones((3, 4), dtype), 32)


@pytest.mark.parametrize("shape", [(3, 5), (3,), (3, 3)])
def test_codes_of_another_width_are_refused(shape):
    with pytest.raises(ValueError, match="codes of 32 bits need 4 bytes per row"):
        Codes(np.ones(shape, np.uint8), 32)


def test_codes_are_read_only():
    with pytest.raises(ValueError, match="read-only"):
        Codes.from_signs([[1.0]]).packed[0, 0] = 0
