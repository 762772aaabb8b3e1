"""Processes of one training; two real ones are in tests/training/test_data_parallel.py."""

import torch

from hashbench.process_group import SINGLE_PROCESS, ProcessGroup


def test_the_environment_of_torchrun_is_read(monkeypatch):
    for name, value in {"RANK": "3", "WORLD_SIZE": "4", "LOCAL_RANK": "1", "LOCAL_WORLD_SIZE": "2"}.items():
        monkeypatch.setenv(name, value)
    group = ProcessGroup.from_environment()
    assert group == ProcessGroup(rank=3, size=4, local_rank=1, local_size=2)
    assert not group.is_main


def test_a_single_process_needs_no_others(monkeypatch):
    for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE"):
        monkeypatch.delenv(name, raising=False)
    assert ProcessGroup.from_environment() == SINGLE_PROCESS
    with SINGLE_PROCESS.initialized("cpu"):
        assert SINGLE_PROCESS.is_main
        assert SINGLE_PROCESS.broadcast("value") == "value"
        value = torch.tensor(2.5)
        assert SINGLE_PROCESS.all_reduce_mean(value) is value
