"""The records of runs, as notebooks show them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from hashbench.results.record import RunRecord

if TYPE_CHECKING:
    import pandas as pd


class Records(list[RunRecord]):
    """A list of records that a notebook shows as comparison tables."""

    def __repr__(self) -> str:
        counts = Counter(record.status for record in self)
        return f"<{len(self)} records: {', '.join(f'{n} {status}' for status, n in counts.items()) or 'none'}>"

    def _repr_html_(self) -> str:
        return self.compare()._repr_html_()

    def compare(self, **options: Any) -> Any:
        """Return the comparison of these records; `options` are those of `hashbench.compare`."""
        from hashbench.api.compare import compare

        return compare(self, **options)

    def to_pandas(self) -> pd.DataFrame:
        """Return a data frame with one row per record and one column per metric."""
        from hashbench.results.frame import records_frame

        return records_frame(self)
