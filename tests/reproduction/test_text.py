"""How figures are written."""

import pytest

from hashbench.reproduction.text import _format


@pytest.mark.parametrize(
    ("value", "form", "shown"),
    [(0.5, ".3f", ".500"), (10.5, ".3f", "10.500"), (120.25, ".4f", "120.2500"), (-0.05, "+.3f", "-.050")],
)
def test_only_a_leading_nought_is_left_out(value, form, shown):
    assert _format(value, form) == shown
