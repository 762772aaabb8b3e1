"""The conformance tests of heads fail for a head that breaks a law."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

from hashbench.components.heads.lsh import LSH
from hashbench.data.codes import Codes
from hashbench.protocols import Hashed
from hashbench.testing import HashHeadTests


@dataclass(frozen=True)
class Centred(LSH):
    """Signs of embeddings from the mean of the rows that are hashed together."""

    name: ClassVar[str] = "centred"

    def fit(self, embeddings, train, ctx):
        class Hasher:
            def hash_users(self, rows):
                return Hashed(Codes.from_signs(rows - rows.mean(0)), rows)

            hash_items = hash_users

        return Hasher()


@dataclass(frozen=True)
class Unseeded(LSH):
    """Random hyperplanes of another seed in each fit."""

    name: ClassVar[str] = "unseeded"
    fits: ClassVar[list[int]] = []

    def fit(self, embeddings, train, ctx):
        self.fits.append(0)
        normals = np.random.default_rng(len(self.fits)).standard_normal((12, self.bits))

        class Hasher:
            def hash_users(self, rows):
                return Hashed(Codes.from_signs(rows @ normals), rows)

            hash_items = hash_users

        return Hasher()


class CentredTests(HashHeadTests):
    component = Centred(bits=12)


class UnseededTests(HashHeadTests):
    component = Unseeded(bits=12)


def test_a_code_that_depends_on_other_rows_fails():
    CentredTests().test_it_gives_what_it_emits()
    with pytest.raises(AssertionError):
        CentredTests().test_a_row_is_hashed_alike_alone_and_among_others()


def test_a_head_that_ignores_the_seed_fails():
    with pytest.raises(AssertionError):
        UnseededTests().test_it_follows_the_seed_alone()


def test_a_head_that_gives_no_code_of_the_declared_length_fails():
    class Declares(CentredTests):
        component = Centred(bits=11)

    with pytest.raises(AssertionError):
        Declares().test_it_gives_what_it_emits()
