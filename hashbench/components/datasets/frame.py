"""Pairs of a data frame, given in Python."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from hashbench.data.assemble import assemble
from hashbench.data.loaded import LoadedData
from hashbench.data.readers.columns import AUTO, find_id_columns
from hashbench.data.readers.parquet import Parquet
from hashbench.data.readers.rows import Source
from hashbench.data.sources import report_load
from hashbench.errors import BadData
from hashbench.protocols import LoadContext

if TYPE_CHECKING:
    import pandas as pd

DIGITS = 16
"""Length of a digest."""

_LOADED: dict[str, LoadedData] = {}
"""The data frames that this process was given, by digest."""


@dataclass(frozen=True)
class Frame:
    """A data frame of users and items: `hashbench.run(dataset=frame, …)` in Python.

    Only the process that was given the frame has it. Its digest stands in records, so that equal pairs give equal runs.
    """

    name: ClassVar[str] = "frame"

    digest: Annotated[
        str, Field(pattern=f"^[0-9a-f]{{{DIGITS}}}$", description="start of the fingerprint of the frame's pairs")
    ]

    def load(self, ctx: LoadContext) -> LoadedData:
        """Return the pairs; raises `BadData` in a process that was not given the frame."""
        if self.digest not in _LOADED:
            raise BadData(
                f"data frame {self.digest} exists only in the process that was given it; "
                "save it with to_parquet(PATH) and use file:path=PATH"
            )
        return report_load("data frame", _LOADED[self.digest], ctx.notes)


def frame_dataset(frame: pd.DataFrame, user: str = AUTO, item: str = AUTO, skip_bad_rows: bool = False) -> Frame:
    """Read a data frame of one row per pair, and return the data set that loads it.

    The columns `user` and `item` hold integers or text; "auto" takes the customary names. Other columns are ignored.
    Raises `BadData` for missing columns, other types, and empty ids unless `skip_bad_rows`.
    """
    if len(frame) == 0:
        raise BadData("data frame: it has no rows; expected one row per pair of a user and an item")
    names = [str(name) for name in frame.columns]
    pairs = frame.set_axis(names, axis=1).iloc[:, list(find_id_columns("data frame", names, user, item))]
    content = io.BytesIO()
    try:
        pairs.to_parquet(content, index=False)
    except (TypeError, ValueError) as error:  # pyarrow's errors are among these
        raise BadData(f"data frame: its columns cannot be read ({str(error).splitlines()[0]})") from None
    user, item = pairs.columns
    source = Source("data frame", lambda: io.BytesIO(content.getvalue()), Path("data frame"))
    data = assemble("data frame", Parquet().read(source, user, item, skip_bad_rows))
    digest = data.interactions.digest()[:DIGITS]
    _LOADED[digest] = replace(data, files=None)
    return Frame(digest)
