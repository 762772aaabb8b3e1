"""Kendall's τ of the order of methods."""

import pytest
from scipy import stats

from hashbench.reproduction.comparison import rank_correlation, side_by_side
from hashbench.reproduction.table import read_table


def test_the_order_is_scipys_tau(monkeypatch):
    paper = read_table("hashgnn-table2").paper
    lines = side_by_side(paper, "ml-1m", {})
    assert rank_correlation(lines, 0) is None
    ours = [0.1, 0.3, 0.2, 0.25, 0.28, 0.31, 0.18, 0.2, 0.29, 0.33, 0.3]
    filled = [type(line)(line.row, line.paper, [mine] * 4, [None] * 4) for line, mine in zip(lines, ours, strict=True)]
    expected = stats.kendalltau([line.paper[2] for line in lines], ours).statistic
    assert rank_correlation(filled, 2) == pytest.approx(expected)
    level = [type(line)(line.row, line.paper, [0.1] * 4, [None] * 4) for line in lines]
    assert rank_correlation(level, 0) is None
