"""What a model depends on besides its specs: versions of packages, number of processes, kind of device."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hashbench.components.heads.continuous import Continuous
from hashbench.pipeline.environment import versions
from hashbench.pipeline.plan import RunPlan
from hashbench.process_group import ProcessGroup
from hashbench.protocols import Retriever, RunContext
from hashbench.registry import shelves

Provenance = dict[str, str]
"""A value by name, such as {"hashbench": "0.1.0", "torch": "2.4.0"}."""


def plugin_versions(plan: RunPlan, *retrievers: Retriever) -> dict[str, str]:
    """Return the versions of the packages that provide the plan's components, without hashbench itself.

    The packages of retrievers, and of the metrics by which their rankings are scored, count only with `retrievers`.
    """
    components: tuple[tuple[shelves.ComponentKind[Any], Any], ...] = (
        (shelves.DATASETS, plan.dataset),
        (shelves.SPLITS, plan.split),
        (shelves.ENCODERS, plan.encoder),
        (shelves.HEADS, plan.head),
        (shelves.OBJECTIVES, plan.objective),
        *((shelves.RETRIEVERS, retriever) for retriever in retrievers),
        *((shelves.METRICS, metric) for metric in plan.metrics if retrievers),
    )
    plugins = [shelves.find(kind, component.name).plugin for kind, component in components]
    return {plugin.distribution: plugin.version for plugin in plugins if not plugin.is_builtin}


def model_provenance(plan: RunPlan, process_group: ProcessGroup) -> Provenance:
    """Return the versions that a model depends on, and the number of processes where it is not 1."""
    used = versions(plugin_versions(plan))
    processes = {"processes": str(process_group.size)} if process_group.size > 1 else {}
    return {"hashbench": used.hashbench, "torch": used.packages["torch"], **used.plugins, **processes}


def stage_provenance(plan: RunPlan, stage: str, ctx: RunContext) -> Provenance:
    """Return what the checkpoint of a training stage depends on: the model's provenance and the kind of device.

    The head does not count for an encoder that is trained before it.
    """
    if stage == "encoder" and plan.train_head == "post_hoc":
        plan = replace(plan, head=Continuous())
    return model_provenance(plan, ctx.process_group) | {"device": ctx.device.partition(":")[0]}
