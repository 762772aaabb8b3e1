"""Gowalla."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from hashbench.data.assemble import assemble
from hashbench.data.ids import Catalogue
from hashbench.data.loaded import LoadedData
from hashbench.data.parts import read_parts
from hashbench.data.sources import Counts, Origin, obtain, report_load
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
    """Check-ins of 29,858 users at 40,981 places, the 10-core and split of NGCF (Wang et al., SIGIR 2019) and LightGCN.

    Table 1 of the HashGNN paper prints 29,585 users: a transposition.
    """

    name: ClassVar[str] = "gowalla"

    def load(self, ctx: LoadContext) -> LoadedData:
        """Read `gowalla/train.txt` and `gowalla/test.txt`; download them if need be."""
        path = obtain(ORIGIN, ("gowalla/train.txt",), ctx.data_dir, ctx.download, ctx.notes)
        train, test = read_parts(path, skip_bad_rows=ctx.skip_bad_rows)
        data = assemble(str(path.parent), train, test, Catalogue(N_USERS, N_ITEMS))
        return report_load(self.name, data, ctx.notes, Counts(N_USERS, N_ITEMS, 1_027_370))
