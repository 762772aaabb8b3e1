"""Lines of runs that differ in one parameter."""

from __future__ import annotations

from hashbench.reporting.build_tables import comparison_tables
from hashbench.reporting.sweeps import sweep
from hashbench.results.record import RunRecord

from ..results.factory import a_record


def table(*records: RunRecord, merge_seeds: bool = False):
    (only,) = comparison_tables(records, merge_seeds=merge_seeds)
    return only


def a_model(**changes):
    return a_record(**{"head": "guided_ste:bits=32", "retriever": "hamming"} | changes)


def test_candidates_need_two_numbers():
    few, many = (a_model(retriever=f"hierarchical:candidates={n}", metrics={"hr@50": n / 1000}) for n in (100, 500))
    assert sweep(table(few), "retriever.candidates", "hr@50") == []
    data = sweep(table(few, many), "retriever.candidates", "hr@50")
    assert [(point["value"], point["quality"]) for point in data] == [(100, 0.1), (500, 0.5)]
    assert {(point["method"], point["retriever"]) for point in data} == {("guided_ste", "hierarchical")}


def test_a_line_has_its_default_and_records_from_before_another_parameter_was_there():
    old, new = {"name": "hashgnn", "parameters": {"negatives": 5}}, {"margin": 0.2, "rank_weight": 0.5}
    default = a_model(objective="hashgnn", metrics={"hr@50": 0.3})
    default = default.model_copy(update={"resolved": default.resolved | {"objective": old, "k": [50]}})
    changed = a_model(objective="hashgnn:negatives=10", metrics={"hr@50": 0.4})
    ten = {"name": "hashgnn", "parameters": {"negatives": 10, **new}}
    changed = changed.model_copy(update={"resolved": changed.resolved | {"objective": ten}})
    other = a_model(objective="hashgnn:margin=0.3,negatives=20", metrics={"hr@50": 0.5})
    twenty = {"name": "hashgnn", "parameters": {"negatives": 20, **new, "margin": 0.3}}
    other = other.model_copy(update={"resolved": other.resolved | {"objective": twenty}})
    data = sweep(table(default, changed, other), "objective.negatives", "hr@50")
    assert [(point["value"], point["quality"]) for point in data] == [(5, 0.3), (10, 0.4)]


def test_a_line_does_not_join_records_from_before_and_after_a_default_changed():
    def of_dim(dim, lr):
        made = a_model(encoder=f"pte:dim={dim}", metrics={"hr@50": dim / 100})
        encoder = {"name": "pte", "parameters": {"dim": dim, "lr": lr}}
        return made.model_copy(update={"resolved": made.resolved | {"encoder": encoder}})

    data = sweep(table(of_dim(8, 0.025), of_dim(16, 0.07), of_dim(32, 0.07)), "encoder.dim", "hr@50")
    assert [point["value"] for point in data] == [16, 32]
