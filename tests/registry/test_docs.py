"""docs/plugins.md: every hook has its line, and the head it shows is one."""

import re
from pathlib import Path

import numpy as np

from hashbench.registry import hookspecs
from hashbench.testing import HashHeadTests

PAGE = (Path(__file__).parents[2] / "docs" / "plugins.md").read_text()
EXAMPLE: dict = {"__name__": "docs_example"}
exec(re.search(r"```python\n(.*?)```", PAGE, re.S)[1], EXAMPLE)


def test_every_hook_is_documented():
    hooks = {name for name in vars(hookspecs) if name.startswith("hashbench_")}
    assert hooks == set(re.findall(r"^\| `(hashbench_\w+)\(", PAGE, re.M))
    assert all(vars(hookspecs)[hook].__doc__ for hook in hooks)


class TestTheHeadOfThePage(HashHeadTests):
    component = EXAMPLE["Median"](bits=8)

    def test_each_bit_halves_users_and_items(self):
        given = self.embeddings()
        hasher = self.hasher()
        signs = np.concatenate(
            [hasher.hash_users(given.users).codes.signs(), hasher.hash_items(given.items).codes.signs()]
        )
        assert np.abs(signs.mean(0)).max() <= 1 / 35
