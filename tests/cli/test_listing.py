"""`hashbench list`, `describe` and `plugins`."""

import re

import pytest

from hashbench.registry.shelves import KINDS, SYSTEMS, shelf

from .in_process import hashbench as command
from .process import hashbench as process


@pytest.fixture(scope="module")
def listed():
    return command("list").stdout


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_all_components_and_systems_are_listed(listed, kind):
    assert set(shelf(kind)) == set(re.findall(rf"^{kind.plural} +(\S+)", listed, re.MULTILINE))


def test_one_kind_is_listed_alone():
    lines = command("list", "head").stdout.splitlines()
    assert {line.split()[0] for line in lines[1:]} == {"heads"}


def test_hr_is_said_to_be_recall():
    text = "HR@k = hits / test items (recall)"
    assert text in command("list", "metrics").stdout
    assert text in command("describe", "hr").stdout


def test_a_component_is_described_with_its_parameters():
    described = command("describe", "guided_ste").stdout
    assert "guided_ste, hash head (from hashbench " in described
    assert re.search(r"^bits +int +32 +≥ 1, ≤ 4096 +length of a code", described, re.MULTILINE)


def test_plugins_are_listed_with_their_hooks():
    assert re.search(r"^builtin +hashbench +\S+ +hashbench_datasets, ", command("plugins").stdout, re.MULTILINE)


def test_an_unknown_name_gets_a_suggestion():
    ended = command("describe", "guided")
    assert ended.stderr == (
        "Error: There is no component or system called 'guided'. Did you mean 'guided_ste'? (hashbench list)\n"
    )
    assert ended.returncode == 2


def test_they_are_listed_with_what_they_expand_to():
    listed = process("list", "systems").stdout
    assert "hashgnn_nr  HashGNN without its ranking loss" in listed
    assert "--encoder sage --head guided_ste --objective hashgnn:rank_weight=0.0" in listed
    assert set(shelf(SYSTEMS)) <= set(re.findall(r"^systems +(\S+)", command("list").stdout, re.MULTILINE))


def test_one_is_described_with_its_parts_and_departures_beside_a_component_of_its_name():
    described = " ".join(command("describe", "hashgnn").stdout.split())
    assert "hashgnn, objective" in described
    assert "hashgnn, system" in described
    assert "--encoder sage --head guided_ste --objective hashgnn" in described
    assert "Adam's learning rate is 0.01 with batches of 8,192" in described


def test_papers_tables_are_listed_with_their_data_sets():
    listed = command("list", "tables").stdout
    assert "hashgnn-fig7  HR@50 of hierarchical search with fixed p" in listed
    assert "HashGNN (Tan et al., WWW 2020), Table 2: ml-1m, gowalla, pinterest" in listed


@pytest.mark.parametrize("kind", ["sytems", "table-s"])
def test_a_wrong_kind_is_answered_with_all_there_are(kind):
    done = command("list", kind)
    assert done.returncode == 2
    assert "metrics, systems, tables." in " ".join(done.stderr.split())
