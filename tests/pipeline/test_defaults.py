"""The defaults of a run stand once."""

import inspect

from hashbench.pipeline import defaults
from hashbench.pipeline.launch import LaunchOptions
from hashbench.pipeline.plan import RunPlan


def test_plans_and_options_read_them():
    parameters = inspect.signature(RunPlan.from_specs).parameters
    assert parameters["split"].default == defaults.SPLIT
    assert parameters["seed"].default == defaults.SEED
    assert parameters["ks"].default == defaults.KS
    assert LaunchOptions().device == defaults.DEVICE
    plan = RunPlan.from_specs(dataset="synthetic", encoder="mf", head="guided_ste")
    assert plan.objective.name == defaults.OBJECTIVE
    assert tuple(retriever.name for retriever in plan.retrievers) == defaults.RETRIEVERS
