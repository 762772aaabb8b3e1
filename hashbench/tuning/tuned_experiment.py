"""Writes the experiment file of the tuned models: each with its best parameters, for hashbench grid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import tomli_w

from hashbench.grids.experiment import Experiment
from hashbench.spec import canonical
from hashbench.tuning.studies import Study
from hashbench.tuning.trials import StudyResult


def tuned_experiment(results: Sequence[StudyResult], experiment: Experiment, metric: str, source: str) -> str:
    """Return the text of the file; studies whose trials all failed are left out.

    `experiment` is what was tuned, `source` the name of its file, and `metric` what validation measured. At least one
    study must have a best trial.
    """
    successful = [(result, result.best) for result in results if result.best is not None]
    comments = [
        f"# {result.study}: validation {metric} {best.value:.4f}, trial {best.number} of {len(result.trials)}"
        for result, best in successful
    ]
    axes, *included = [_rule(result.study, best.values) for result, best in successful]
    training = axes.pop("training")
    document: dict[str, Any] = {
        "name": f"{experiment.name or source}-tuned",
        "description": f"The best parameters by validation {metric}, searched on the first seed of each.",
        "axes": axes,
        "training": training,
        "search": experiment.search.model_dump(exclude_none=True),
        "budget": experiment.budget.model_dump(exclude_none=True),
        "include": included,
    }
    header = [f"# Written by hashbench tune {source}.", *comments]
    return "\n".join(header) + "\n\n" + tomli_w.dumps({key: value for key, value in document.items() if value})


def _rule(study: Study, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the model with these parameters as one value of each axis, and all seeds of the study."""
    plan = study.plan(values)
    components = {
        "dataset": plan.dataset,
        "encoder": plan.encoder,
        "head": plan.head,
        "split": plan.split,
        "objective": plan.objective,
    }
    rule: dict[str, Any] = {kind: canonical(component) for kind, component in components.items()}
    return rule | {"train_head": plan.train_head, "seed": list(study.seeds), "training": asdict(plan.training)}
