"""What a model depends on besides its specs."""

from hashbench.pipeline.provenance import model_provenance, plugin_versions, stage_provenance
from hashbench.process_group import SINGLE_PROCESS, ProcessGroup
from hashbench.protocols import RunContext

from .small import small_plan


def test_built_in_components_need_no_plugins():
    plan = small_plan()
    assert plugin_versions(plan, *plan.retrievers) == {}


def test_the_number_of_processes_counts():
    plan = small_plan()
    assert model_provenance(plan, SINGLE_PROCESS).keys() == {"hashbench", "torch"}
    assert model_provenance(plan, ProcessGroup(0, 3))["processes"] == "3"


def test_a_stage_depends_on_the_kind_of_device():
    plan = small_plan()
    assert stage_provenance(plan, "head", RunContext(device="cuda:1"))["device"] == "cuda"
    assert stage_provenance(plan, "head", RunContext())["device"] == "cpu"
