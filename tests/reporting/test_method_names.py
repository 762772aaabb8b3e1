"""Methods are named by what tells them apart."""

from __future__ import annotations

from hashbench.reporting.build_tables import comparison_tables
from hashbench.reporting.method_names import MethodNames
from hashbench.results.record import RunRecord

from ..results.factory import a_record


def table(*records: RunRecord, merge_seeds: bool = False):
    (only,) = comparison_tables(records, merge_seeds=merge_seeds)
    return only


def a_model(**changes):
    return a_record(**{"head": "guided_ste:bits=32", "retriever": "hamming"} | changes)


def test_methods_are_named_by_what_tells_them_apart():
    def names(*records):
        return set(MethodNames.of(table(*records)).method.values())

    lsh = a_model(head="lsh:bits=32")
    assert names(a_model(), lsh) == {"guided_ste", "lsh"}
    wide = a_model(head="guided_ste:bits=64", n_bits=64)
    assert names(a_model(), wide) == {"guided_ste 32 bits", "guided_ste 64 bits"}
    assert names(a_model(), a_model(seed=1)) == {"guided_ste seed 0", "guided_ste seed 1"}
    assert names(a_model(), a_model(encoder="mf"), lsh) == {"sage guided_ste", "mf guided_ste", "sage lsh"}
