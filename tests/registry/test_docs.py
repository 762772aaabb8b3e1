"""docs/plugins.md: the head that it shows is one."""

import re
from pathlib import Path

import numpy as np

from hashbench.testing import HashHeadTests

PAGE = (Path(__file__).parents[2] / "docs" / "plugins.md").read_text()
EXAMPLE: dict = {"__name__": "docs_example"}
exec(re.search(r"```python\n(.*?)```", PAGE, re.S)[1], EXAMPLE)


class TestTheHeadOfThePage(HashHeadTests):
    component = EXAMPLE["Median"](bits=8)

    def test_each_bit_halves_users_and_items(self):
        embeddings = self.embeddings()
        hasher = self.hasher()
        signs = np.concatenate(
            [hasher.hash_users(embeddings.users).codes.signs(), hasher.hash_items(embeddings.items).codes.signs()]
        )
        assert np.abs(signs.mean(0)).max() <= 1 / 35
