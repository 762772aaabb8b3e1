"""Gowalla."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from hashbench.data.assemble import assemble
from hashbench.data.ids import PublishedIds
from hashbench.data.loaded import LoadedData
from hashbench.data.sources import DatasetCounts, Origin, find_or_download, report_load
from hashbench.data.train_test_files import read_train_test
from hashbench.protocols import LoadContext

ORIGIN = Origin(
    "gowalla",
    "https://raw.githubusercontent.com/gusye1234/LightGCN-PyTorch/master/data/gowalla",
    {
        "gowalla/train.txt": "sha256:0f086326b28a56c2e6dcb81d86ee72d4ccb7eed3a8d26788392356d8f51111cc",
        "gowalla/test.txt": "sha256:099a2a73924e4b754dc6efd730d764f492321b53c38eb93298850c83acf57be3",
    },
)
N_USERS, N_ITEMS = 29_858, 40_981


@dataclass(frozen=True)
class Gowalla:
    """Check-ins of 29,858 users at 40,981 locations, as 10-core.

    Core and split are those of NGCF (Wang et al., SIGIR 2019) and LightGCN. The 29,585 users in table 1 of the HashGNN
    paper are a transposition of digits.
    """

    name: ClassVar[str] = "gowalla"

    def load(self, ctx: LoadContext) -> LoadedData:
        """Read `gowalla/train.txt` and `gowalla/test.txt`; download them if they are missing."""
        path = find_or_download(ORIGIN, ("gowalla/train.txt",), ctx.data_dir, ctx.download, ctx.notes)
        train, test = read_train_test(path, skip_bad_rows=ctx.skip_bad_rows)
        data = assemble(str(path.parent), train, test, PublishedIds(N_USERS, N_ITEMS))
        return report_load(self.name, data, ctx.notes, DatasetCounts(N_USERS, N_ITEMS, 1_027_370))
