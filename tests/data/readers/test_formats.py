"""Every format: what was written comes back, whatever the ids and the order of the rows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hashbench.components.datasets.files import File
from hashbench.data.loaded import LoadedData
from hashbench.protocols import LoadContext

from .sample_files import (
    Pair,
    Writer,
    write_adjacency,
    write_dat,
    write_inter,
    write_parquet,
    write_quoted,
    write_rating,
)


def ids(more: str = "", without: str = "", latin: bool = False) -> st.SearchStrategy[str]:
    """Ids of all kinds: Chinese, blanks inside, quotes, leading zeros, numbers of 64 bits and more."""
    odd = "é1 :ÿ" if latin else "用户 商品é😀'|;:\u00a0\u3000"
    letters = "".join(sorted(set("ab01" + odd + more) - set(without)))
    text = st.text(letters, min_size=1, max_size=6).map(lambda text: text.strip(" \t")).filter(bool)
    numbers = st.integers(-(2**63), 2**70).map(str)
    near = st.integers(2**53, 2**53 + 3).map(str)
    return st.one_of(text, numbers, near, st.sampled_from(["007", "7", "0", "-0", "1.0", "1", "NA", "null", "nan"]))


FORMATS: dict[str, tuple[Writer, st.SearchStrategy[str]]] = {
    "log.csv": (write_quoted(","), ids(more='",\t')),
    "log.tsv": (write_quoted("\t"), ids(more='",\t').map(str.strip).filter(bool)),
    "log.inter": (write_inter, ids(more='",')),
    "log.parquet": (write_parquet, ids(more='",\t').map(str.strip).filter(bool)),
    "log.rating": (write_rating, ids(more='",')),
    "ratings.dat": (write_dat, ids(without=":", latin=True)),
    "train.txt": (write_adjacency, ids(more='",', without=" ")),
}


def expected_order(values: set[str]) -> list[str]:
    if all(re.fullmatch("0|-?[1-9][0-9]*", value) for value in values):
        return sorted(values, key=int)
    return sorted(values)


def named_pairs(data: LoadedData, pairs: list[Pair]) -> set[Pair]:
    users, items = (expected_order({pair[side] for pair in pairs}) for side in (0, 1))
    numbers = data.interactions
    assert (numbers.n_users, numbers.n_items) == (len(users), len(items))
    return {(users[u], items[i]) for u, i in zip(numbers.users(), numbers.indices, strict=True)}


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(draw=st.data())
def test_what_was_written_comes_back(name: str, tmp_path: Path, draw: st.DataObject) -> None:
    write, texts = FORMATS[name]
    pairs = draw.draw(st.lists(st.tuples(texts, texts), min_size=1, max_size=20))
    path = tmp_path / name
    write(path, pairs)
    data = File(str(path)).load(LoadContext())
    assert named_pairs(data, pairs) == set(pairs)
    assert data.merged == len(pairs) - len(set(pairs))
    write(path, draw.draw(st.permutations(pairs)))
    assert File(str(path)).load(LoadContext()).interactions.digest() == data.interactions.digest()
