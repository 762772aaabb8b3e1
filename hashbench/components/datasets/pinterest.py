"""Pinterest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from hashbench.data.assemble import assemble
from hashbench.data.loaded import LoadedData
from hashbench.data.sources import DatasetCounts, Origin, find_or_download, report_load
from hashbench.data.train_test_files import read_train_test
from hashbench.protocols import LoadContext

ORIGIN = Origin(
    "pinterest",
    "https://raw.githubusercontent.com/hexiangnan/neural_collaborative_filtering/master/Data",
    {"pinterest/pinterest-20.train.rating": None, "pinterest/pinterest-20.test.rating": None},
)
FORMS = ("pinterest/train.txt", "pinterest/pinterest-20.train.rating", "pinterest-20.train.rating")


@dataclass(frozen=True)
class Pinterest:
    """Pins of 55,187 users on 9,916 images (Geng et al., ICCV 2015), as published with NCF (He et al., WWW 2017).

    It is not downloaded, because no checksum is published.
    """

    name: ClassVar[str] = "pinterest"

    def load(self, ctx: LoadContext) -> LoadedData:
        """Read `pinterest/train.txt` and `test.txt`, or `pinterest-20.train.rating` and its test part."""
        path = find_or_download(ORIGIN, FORMS, ctx.data_dir, ctx.download, ctx.notes)
        train, test = read_train_test(path, skip_bad_rows=ctx.skip_bad_rows)
        data = assemble(str(path.parent if path.suffix == ".txt" else path), train, test)
        return report_load(self.name, data, ctx.notes, DatasetCounts(55_187, 9_916, 1_500_809))
