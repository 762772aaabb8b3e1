"""What makes a record say something else than the same run would today."""

import pytest

from hashbench.results.stale import stale

from .factory import a_record

NOW = {"head": {"name": "lsh", "parameters": {"bits": 8}}, "training": {"lr": 0.1}}


def changed(now, provenance=None, was=NOW):
    record = a_record(resolved=was)
    before = {"hashbench": record.versions.hashbench, **record.versions.plugins}
    return stale(record, now, before if provenance is None else provenance)


def test_the_same_is_not_stale():
    assert changed(NOW) is None


@pytest.mark.parametrize(
    "now",
    [
        NOW | {"training": {"lr": 0.1, "precision": "float32"}},
        NOW | {"head": {"name": "lsh", "parameters": {"bits": 8, "own": False}}},
    ],
)
def test_a_parameter_that_was_not_there_yet_changes_nothing(now):
    assert changed(now) is None


@pytest.mark.parametrize(
    ("now", "what"),
    [
        (NOW | {"training": {"lr": 0.2}}, "training was {'lr': 0.1} and now is {'lr': 0.2}"),
        (NOW | {"head": {"name": "lsh", "parameters": {}}}, "head was lsh:bits=8 and now is lsh"),
        (NOW | {"head": {"name": "itq", "parameters": {"bits": 8}}}, "head was lsh:bits=8 and now is itq:bits=8"),
        ({"head": NOW["head"]}, "training was {'lr': 0.1} and now is None"),
    ],
)
def test_another_value_or_one_that_is_gone_does(now, what):
    assert changed(now) == what


def test_other_versions_do():
    assert "which now is 99.0" in changed(NOW, {"hashbench": "99.0"})
