from hashbench.components.objectives.base import BaseObjective


def test_defaults():
    assert BaseObjective().shares_negatives is False
    assert BaseObjective().cosine is False
    assert BaseObjective().power == 0
