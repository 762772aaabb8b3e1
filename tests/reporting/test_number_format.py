"""How numbers are written."""

from __future__ import annotations

import math
from typing import Any

import pytest

from hashbench.reporting import number_format


@pytest.mark.parametrize(
    ("write", "value", "text"),
    [
        (number_format.four_decimals, 0.31236, ".3124"),
        (number_format.four_decimals, 1.0, "1.0000"),
        (number_format.four_decimals, -0.25, "-0.2500"),
        (number_format.three_digits, 0.034549, "0.0345"),
        (number_format.three_digits, 0.9999, "1.00"),
        (number_format.three_digits, 12.34, "12.3"),
        (number_format.three_digits, 123.4, "123"),
        (number_format.three_digits, 999.6, "1000"),
        (number_format.three_digits, 123456.7, "123457"),
        (number_format.whole, 256.0, "256"),
        (number_format.whole, 4.26, "4.3"),
        (number_format.whole, 12345678.0, "12345678"),
        (number_format.whole, math.inf, "inf"),
    ],
)
def test_numbers_are_written_alike(write: Any, value: float, text: str) -> None:
    assert write(value) == text
