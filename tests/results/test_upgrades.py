"""Format 3: the field's names in the place of ours, and ids that are hashes of the renamed spec."""

import hashlib
import json

import pytest

from hashbench.errors import BadRecord
from hashbench.results.upgrades import to_format_3, upgrade

SPEC = {
    "dataset": "file:path=a,unit=1.csv",
    "split": "ratio",
    "encoder": "sage:spread=0.1,unit=true",
    "head": "guided_ste:bits=64,own_items=true,normalise=false",
    "objective": "bpr",
    "training": "training:float_weight=1.0,lr=0.005",
    "train_head": "with",
    "seed": 0,
    "data": "d" * 64,
    "retriever": "hierarchical",
    "k": [50, 100],
}


def digest(spec):
    text = json.dumps(spec, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def old_record(**changes):
    return {
        "format": 2,
        "run_id": digest(SPEC),
        "model_id": "0" * 16,
        "train_head": "with",
        "spec": SPEC,
        "resolved": {
            "encoder": {"name": "sage", "parameters": {"spread": 0.1, "dim": 64}},
            "training": {"float_weight": 1.0, "lr": 0.005},
        },
        "command": "hashbench run --encoder sage:unit=true --train-head after --float-weight 1.0",
        "training": [{"stage": "joint", "curve": [{"epoch": 1}]}],
        "latency": {"p50_ms": 1.0, "engine": "blas", "spread": 1.1, "others": 0.2},
        "seconds": {"load": 1.0},
        "memory_bytes": {"load": 5},
        **changes,
    }


def test_parameters_and_fields_have_the_fields_names():
    record = to_format_3(old_record())
    assert record["spec"]["encoder"] == "sage:init_std=0.1,normalize=true"
    assert record["spec"]["head"] == "guided_ste:bits=64,separate_item_map=true,batch_norm=false"
    assert record["spec"]["training"] == "training:embedding_loss_weight=1.0,lr=0.005"
    assert record["spec"]["train_head"] == record["train_head"] == "joint"
    assert record["resolved"]["encoder"] == {"name": "sage", "parameters": {"init_std": 0.1, "dim": 64}}
    assert record["resolved"]["training"] == {"embedding_loss_weight": 1.0, "lr": 0.005}
    assert record["command"] == (
        "hashbench run --encoder sage:normalize=true --train-head post_hoc --embedding-loss-weight 1.0"
    )
    assert record["training"] == [{"stage": "joint", "history": [{"epoch": 1}]}]
    assert record["latency"] == {"p50_ms": 1.0, "backend": "blas", "repeat_spread": 1.1, "background_load": 0.2}
    assert (record["phase_seconds"], record["phase_memory_bytes"]) == ({"load": 1.0}, {"load": 5})
    assert "seconds" not in record
    assert "memory_bytes" not in record


def test_names_within_a_value_stay():
    assert to_format_3(old_record())["spec"]["dataset"] == SPEC["dataset"]


def test_ids_are_the_hashes_of_the_renamed_spec():
    record = to_format_3(old_record())
    assert record["run_id"] == digest(record["spec"])
    model = {part: value for part, value in record["spec"].items() if part not in ("retriever", "k")}
    assert record["model_id"] == digest(model)


def test_an_id_that_is_no_hash_of_its_spec_stays():
    assert to_format_3(old_record(run_id="mine"))["run_id"] == "mine"


def test_the_old_record_is_not_changed():
    old = old_record()
    to_format_3(old)
    assert old == old_record()


def test_every_format_is_upgraded_in_turn_and_a_damaged_record_is_one_line():
    assert upgrade(old_record(format=1))["format"] == 3
    with pytest.raises(BadRecord, match="damaged: no upgrade from format 2"):
        upgrade({"format": 2, "run_id": "x"})
