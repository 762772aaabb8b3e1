import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from hashbench.codes.packed import Codes

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


def test_spare_bits_must_be_zero():
    with pytest.raises(ValueError, match="spare bits"):
        Codes(np.array([[0b1000]], np.uint8), 3)


def test_codes_are_read_only():
    with pytest.raises(ValueError, match="read-only"):
        Codes.from_signs([[1.0]]).packed[0, 0] = 0
