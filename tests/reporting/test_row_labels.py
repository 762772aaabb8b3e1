"""The labels of rows show what differs, and nothing else."""

from __future__ import annotations

from hashbench.reporting.build_tables import comparison_tables
from hashbench.results.record import StageSummary

from ..results.factory import a_record
from .tables import only, values


def test_bits_are_a_column_and_other_parameters_are_spelt_out_where_they_vary() -> None:
    short, long = a_record(), a_record(head="guided_ste:bits=64", n_bits=64)
    assert values(only(comparison_tables([short, long])), "head") == ["guided_ste", "guided_ste"]
    slow = a_record(head="guided_ste:bits=32,scale=0.5")
    assert sorted(values(only(comparison_tables([short, slow])), "head")) == [
        "guided_ste:bits=32",
        "guided_ste:bits=32,scale=0.5",
    ]
    few, many = a_record(retriever="hierarchical:candidates=100"), a_record(retriever="hierarchical")
    assert sorted(values(only(comparison_tables([few, many])), "retriever")) == [
        "hierarchical",
        "hierarchical:candidates=100",
    ]


def test_options_of_training_that_vary_are_a_column() -> None:
    records = [
        a_record(
            options={"training": text, "k": [50, k]},
            resolved={"training": {"epochs": epochs, "batch_size": 512}},
        )
        for text, epochs, k in (("training", 60, 100), ("training:epochs=10", 10, 200))
    ]
    group = only(comparison_tables(records))
    assert sorted(values(group, "options")) == ["epochs=10 k=50,200", "epochs=60 k=50,100"]
    assert "options" in [column.key for column in group.columns]


def test_a_record_from_before_an_option_had_its_default() -> None:
    options = ({"epochs": 60}, {"epochs": 60, "precision": "float32"}, {"epochs": 60, "precision": "bfloat16"})
    before, default, other = (a_record(resolved={"training": record}, seed=n) for n, record in enumerate(options))
    assert values(only(comparison_tables([before, default])), "options") == [None, None]
    rows = only(comparison_tables([before, other])).rows
    assert sorted(row.values["options"] for row in rows) == ["precision=bfloat16", "precision=float32"]


def test_what_is_only_fitted_has_no_objective_and_no_options_of_training() -> None:
    fitted = StageSummary(stage="encoder", epochs=0, best_epoch=0, stopped="fitted", seconds=1.0, history=[])
    ended = fitted.model_copy(update={"stopped": "all epochs done"})
    svd, other = (a_record(encoder="svd", training=[fitted], resolved={"training": {"epochs": n}}) for n in (5, 6))
    other = other.model_copy(update={"run_id": "other", "spec": {**svd.spec, "index": "dask"}})
    lsh, longer = (a_record(training=[ended, fitted], resolved={"training": {"epochs": n}}, seed=n) for n in (30, 60))
    group = only(comparison_tables([svd, other, lsh, longer]))
    values_of = {row.record.run_id: row.values for row in group.rows}
    runs = (svd.run_id, "other", lsh.run_id, longer.run_id)
    assert [values_of[run]["objective"] for run in runs] == [None, None, "bpr", "bpr"]
    assert [values_of[run]["train_head"] for run in runs] == [None, None, "joint", "joint"]
    options = ["index=–", "index=dask", "epochs=30 index=–", "epochs=60 index=–"]
    assert [values_of[run]["options"] for run in runs] == options
    alike = {row.record.run_id: row.values["options"] for row in only(comparison_tables([svd, lsh])).rows}
    assert alike == {svd.run_id: None, lsh.run_id: None}


def test_short_ids_are_long_enough_to_tell_runs_apart() -> None:
    ids = ("aaaaaa00", "aaaaaa11", "bbbbbb00")
    records = [a_record(seed=seed).model_copy(update={"run_id": record}) for seed, record in enumerate(ids)]
    assert sorted(values(only(comparison_tables(records)), "run")) == ["aaaaaa0", "aaaaaa1", "bbbbbb0"]
