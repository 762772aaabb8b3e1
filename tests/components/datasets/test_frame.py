"""A data frame as data: the same pairs as in a file, under a name that follows the pairs."""

import numpy as np
import pandas as pd
import pytest

from hashbench.components.datasets.files import File
from hashbench.components.datasets.frame import Frame, frame_dataset
from hashbench.errors import BadData
from hashbench.protocols import LoadContext

PAIRS = pd.DataFrame({"rating": [3.5, 1.0, 2.0, 5.0], "user": ["b", "a", "b", "b"], "item": [7, 9, 9, 7]})


def test_a_frame_loads_what_a_file_with_its_rows_does(tmp_path):
    PAIRS.to_csv(tmp_path / "log.csv", index=False)
    from_file = File(str(tmp_path / "log.csv")).load(LoadContext())
    from_frame = frame_dataset(PAIRS).load(LoadContext())
    assert from_frame.interactions.digest() == from_file.interactions.digest()
    np.testing.assert_array_equal(from_frame.interactions.indptr, [0, 1, 3])
    np.testing.assert_array_equal(from_frame.interactions.indices, [1, 0, 1])
    assert (from_frame.merged, from_frame.skipped, from_frame.files) == (1, 0, None)


def test_its_name_follows_the_pairs_whatever_their_order_and_other_columns():
    shuffled = PAIRS.iloc[::-1].drop(columns="rating")
    assert frame_dataset(shuffled) == frame_dataset(PAIRS)
    assert frame_dataset(PAIRS.iloc[:2]) != frame_dataset(PAIRS)


def test_columns_of_any_name_can_be_given():
    renamed = PAIRS.rename(columns={"user": "who", "item": 0})
    assert frame_dataset(renamed, user="who", item="0") == frame_dataset(PAIRS)


def test_another_process_is_told_to_use_a_file():
    with pytest.raises(BadData, match=r"data frame 0123456789abcdef exists only in the process .* file:path=PATH"):
        Frame("0123456789abcdef").load(LoadContext())


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (PAIRS.rename(columns={"user": "x"}), "no column is called user, user_id or the like"),
        (PAIRS.iloc[:0], "it has no rows"),
        (PAIRS.assign(user=[0.5, 1, 2, 3]), "'user' holds floating-point numbers that are not exact ids"),
        (PAIRS.assign(user=[None, "a", "b", "b"]), "'user' is empty"),
        (PAIRS.assign(item=[object()] * 4), "its columns cannot be read"),
    ],
    ids=["column missing", "no rows", "fractions", "no user", "objects"],
)
def test_what_is_wrong_with_a_frame_is_one_line(frame, reason):
    with pytest.raises(BadData, match=reason) as error:
        frame_dataset(frame)
    assert "\n" not in str(error.value)


def test_bad_rows_are_left_out_on_request():
    data = frame_dataset(PAIRS.assign(user=[None, "a", "b", "b"]), skip_bad_rows=True).load(LoadContext())
    assert (len(data.interactions), data.skipped) == (3, 1)
