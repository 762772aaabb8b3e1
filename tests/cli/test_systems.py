"""Systems by name: what they stand for, and what stands beside them."""

import re

import pytest

import hashbench
from hashbench.errors import HashbenchError
from hashbench.pipeline.plan import RunPlan
from hashbench.registry.shelves import SYSTEMS, shelf

from .process import TINY
from .process import hashbench as command


@pytest.mark.parametrize("name", shelf(SYSTEMS))
def test_each_is_a_model_that_can_be_planned(name):
    system = shelf(SYSTEMS)[name].value
    plan = RunPlan.from_specs(dataset="ml-1m", training=dict(system.training), **system.parts())
    assert plan.retrievers
    assert plan.train_head == (system.train_head or plan.train_head)


def test_a_system_is_what_its_options_say():
    by_name = hashbench.run(dataset=TINY, system="hashgnn_sp", epochs=1, k=5, threads=1)
    words = shelf(SYSTEMS)["hashgnn_sp"].value.options().split()
    asked = dict(zip((word[2:].replace("-", "_") for word in words[::2]), words[1::2], strict=True))
    by_parts = hashbench.run(dataset=TINY, epochs=1, k=5, threads=1, **asked)
    assert [one.run_id for one in by_name] == [one.run_id for one in by_parts]
    assert by_name[0].train_head == "post_hoc"


def test_what_is_given_beside_it_takes_its_place():
    (record, *_) = hashbench.run(
        dataset=TINY, system="hashlgn", head="lsh:bits=8", objective="bpr:negatives=2", epochs=1, k=5, threads=1
    )
    assert (record.encoder, record.head, record.n_bits) == ("lightgcn", "lsh", 8)
    assert record.spec["objective"] == "bpr:negatives=2"


def test_hashlgn_is_searched_by_what_it_is_made_for():
    records = hashbench.run(dataset=TINY, system="hashlgn", epochs=2, k=5, threads=1)
    found = {one.retriever: one.metrics["hr@5"] for one in records}
    assert set(found) == {"continuous", "hierarchical", "hamming", "asymmetric"}
    assert found["asymmetric"] == pytest.approx(found["continuous"])


def test_they_are_listed_with_what_they_expand_to():
    listed = command("list", "systems").stdout
    assert "hashgnn_nr  HashGNN without its ranking loss" in listed
    assert "--encoder sage --head guided_ste --objective hashgnn:rank_weight=0.0" in listed
    assert set(shelf(SYSTEMS)) <= set(re.findall(r"^systems +(\S+)", command("list").stdout, re.MULTILINE))


def test_one_is_described_with_its_parts_and_departures_beside_a_component_of_its_name():
    described = " ".join(command("describe", "hashgnn").stdout.split())
    assert "hashgnn, objective" in described
    assert "hashgnn, system" in described
    assert "--encoder sage --head guided_ste --objective hashgnn" in described
    assert "Adam's learning rate 0.01 in batches of 8,192" in described


def test_papers_tables_are_listed_with_their_data_sets():
    listed = command("list", "tables").stdout
    assert "hashgnn-fig7  HR@50 of hierarchical search with fixed p" in listed
    assert "HashGNN (Tan et al., WWW 2020), Table 2: ml-1m, gowalla, pinterest" in listed


@pytest.mark.parametrize("kind", ["sytems", "table-s"])
def test_a_wrong_kind_is_answered_with_all_there_are(kind):
    done = command("list", kind)
    assert done.returncode == 2
    assert "metrics, systems, tables." in " ".join(done.stderr.split())


@pytest.mark.parametrize(
    ("asked", "said"),
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
def test_what_is_wrong_is_said(asked, said):
    with pytest.raises(HashbenchError, match=said):
        hashbench.run(dataset=TINY, **asked)
