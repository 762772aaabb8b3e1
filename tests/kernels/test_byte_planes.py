import numpy as np
import pytest

from hashbench.data.codes import Codes
from hashbench.kernels.byte_planes import BytePlanes


def test_codes_take_whole_bytes_and_no_more():
    for n_bits, n_bytes in ((1, 1), (8, 1), (32, 4), (33, 5), (65, 9)):
        planes = BytePlanes.of(Codes.from_signs(np.ones((5000, n_bits))))
        assert planes.nbytes == 5000 * n_bytes
        assert len(planes) == 5000


@pytest.mark.parametrize("n", [0, 5, 10, 23])
def test_a_row_holds_one_byte_of_every_code(n):
    codes = Codes.from_signs(np.random.default_rng(0).standard_normal((n, 20)))
    planes = BytePlanes.of(codes, 10)
    rows = np.concatenate([*planes.blocks, planes.tail], axis=1)
    assert np.array_equal(rows.T, codes.packed)
