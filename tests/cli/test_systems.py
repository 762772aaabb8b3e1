"""Systems by name: what they stand for, and what stands beside them."""

import pytest

import hashbench
from hashbench.errors import HashbenchError
from hashbench.pipeline.plan import RunPlan
from hashbench.registry.shelves import SYSTEMS, shelf

from .process import TINY


@pytest.mark.parametrize("name", shelf(SYSTEMS))
def test_each_is_a_model_that_can_be_planned(name):
    system = shelf(SYSTEMS)[name].value
    plan = RunPlan.from_specs(dataset="ml-1m", training=dict(system.training), **system.parts())
    assert plan.retrievers
    assert plan.train_head == (system.train_head or plan.train_head)


def test_a_system_is_what_its_options_say():
    by_name = hashbench.run(dataset=TINY, system="hashgnn_sp", epochs=1, k=5, threads=1)
    words = shelf(SYSTEMS)["hashgnn_sp"].value.options().split()
    options = dict(zip((word[2:].replace("-", "_") for word in words[::2]), words[1::2], strict=True))
    by_parts = hashbench.run(dataset=TINY, epochs=1, k=5, threads=1, **options)
    assert [record.run_id for record in by_name] == [record.run_id for record in by_parts]
    assert by_name[0].train_head == "post_hoc"


def test_what_is_given_beside_it_takes_its_place():
    (record, *_) = hashbench.run(
        dataset=TINY, system="hashlgn", head="lsh:bits=8", objective="bpr:negatives=2", epochs=1, k=5, threads=1
    )
    assert (record.encoder, record.head, record.n_bits) == ("lightgcn", "lsh", 8)
    assert record.spec["objective"] == "bpr:negatives=2"


def test_hashlgn_is_searched_by_what_it_is_made_for():
    records = hashbench.run(dataset=TINY, system="hashlgn", epochs=2, k=5, threads=1)
    hr = {record.retriever: record.metrics["hr@5"] for record in records}
    assert set(hr) == {"continuous", "hierarchical", "hamming", "asymmetric"}
    assert hr["asymmetric"] == pytest.approx(hr["continuous"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"system": "hashgn"}, "There is no system called 'hashgn'. Did you mean"),
        ({"encoder": "sage"}, "no head is given; give --head, or --system"),
        ({"head": "lsh"}, "no encoder is given; give --encoder, or --system"),
        (
            {"system": "lsh", "embedding_loss_weight": 1},
            "embedding_loss_weight goes with a hash head that is trained together",
        ),
        ({"system": "hashlgn", "embedding_loss_weight": 1}, "searched by its codes, which 'hashlgn' is not"),
        ({"system": "graphsage", "embedding_loss_weight": 1}, "which 'continuous' is not here"),
    ],
)
def test_what_is_wrong_is_said(arguments, message):
    with pytest.raises(HashbenchError, match=message):
        hashbench.run(dataset=TINY, **arguments)
