import numpy as np
import pytest

from hashbench.data.codes import Codes
from hashbench.kernels.bit_planes import BitPlanes

from .hamming_cases import bits_of, some_codes


def test_planes_take_a_bit_for_each_bit_and_for_each_digit_of_the_weight():
    planes = BitPlanes.of(Codes.from_signs(np.ones((100_000, 64))))
    assert len(planes) == 100_000
    assert planes.n_weight_rows == 7
    assert planes.nbytes == pytest.approx(100_000 * (64 + 7) / 8, rel=0.02)
    assert planes.tiles.ctypes.data % 64 == 0


def test_rows_hold_bits_and_weights():
    codes = some_codes(np.random.default_rng(0), 1500, 11, 9)
    planes = BitPlanes.of(codes, [1, 2])
    rows = planes.tiles.transpose(1, 0, 2).reshape(planes.tiles.shape[1], -1)
    bits = np.unpackbits(np.ascontiguousarray(rows).view(np.uint8), axis=1, bitorder="little")
    assert np.array_equal(bits[:11, :1500].T, bits_of(codes))
    digits = 1 << np.arange(planes.n_weight_rows)
    assert np.array_equal(digits @ bits[11:, :1500], bits_of(codes).sum(1))
    assert not bits[:, 1500:].any()


def test_codes_too_long_are_refused_before_they_are_laid_out():
    with pytest.raises(ValueError, match="32767 are the most"):
        BitPlanes.of(Codes(np.full((1, 5000), 255, np.uint8), 40_000))
