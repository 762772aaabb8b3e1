"""A record refuses what does not belong to it."""

import pytest
from pydantic import ValidationError

from hashbench.results.record import FORMAT, RunRecord

from .factory import a_record


def test_a_record_is_of_the_present_format_and_comes_back_from_its_values():
    record = a_record()
    assert record.format == FORMAT
    assert RunRecord.model_validate(record.model_dump()) == record


@pytest.mark.parametrize(
    "change", [{"hr": 0.5}, {"status": "done"}, {"train_head": "with"}, {"seed": "first"}, {"metrics": {"hr@50": None}}]
)
def test_unknown_fields_and_wrong_values_are_refused(change):
    with pytest.raises(ValidationError):
        RunRecord.model_validate(a_record().model_dump() | change)
