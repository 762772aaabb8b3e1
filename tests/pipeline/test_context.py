"""Device, threads, and who builds the indexes."""

from dataclasses import replace

import pytest
import torch

from hashbench.errors import BadParameter
from hashbench.pipeline.context import run_context
from hashbench.process_group import ProcessGroup

from .small import small_execution


@pytest.fixture(autouse=True)
def _threads_stay():
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


def test_threads_are_those_given_or_a_share_of_the_cores():
    assert run_context(3, "cpu", 2).threads == torch.get_num_threads() == 2
    assert run_context(3, "cpu", 2).seed == 3
    alone, shared = run_context(0, "cpu", None), run_context(0, "cpu", None, ProcessGroup(0, 2, 0, 2))
    assert shared.threads == max(1, alone.threads // 2)


@pytest.mark.parametrize(
    ("device", "threads", "message"),
    [
        ("gpu", 1, "--device must be auto, cpu, cuda or cuda:0, got 'gpu'"),
        ("cuda:99", 1, "--device cuda:99: torch .* sees . CUDA devices here"),
        ("cpu", 0, "--threads must be 1 to 1024, got 0"),
    ],
)
def test_what_does_not_exist_is_refused(device, threads, message):
    with pytest.raises(BadParameter, match=message):
        run_context(0, device, threads)


def test_an_index_builder_takes_the_place_of_the_retriever():
    class Retriever:
        def build(self, items, ctx):
            return "here", items

    class Builder:
        name, option = "elsewhere", "--elsewhere"

        def build(self, retriever, items, ctx):
            return "elsewhere", items

    execution = small_execution()
    assert execution.build_index(Retriever(), 1) == ("here", 1)
    assert replace(execution, builder=Builder()).build_index(Retriever(), 1) == ("elsewhere", 1)


def test_the_machine_is_described_with_device_and_threads():
    machine = small_execution().machine()
    assert (machine.device, machine.threads, machine.processes, machine.gpu) == ("cpu", 1, 1, None)
