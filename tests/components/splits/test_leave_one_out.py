from hashbench.components.splits.leave_one_out import LeaveOneOut

from .laws import EverySplitTests, sizes


class TestLeaveOneOut(EverySplitTests):
    component = LeaveOneOut()


def test_sizes() -> None:
    assert sizes(LeaveOneOut()) == [(1, 0, 0), (1, 0, 1), (1, 1, 1), (8, 1, 1), (18, 1, 1)]
