"""What trials end in: an experiment file of each method with its best parameters, for hashbench grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import tomli_w

from hashbench.grid.experiment import Experiment
from hashbench.spec import canonical
from hashbench.tuning.trials import StudyResult


def experiment_text(tuned: Sequence[StudyResult], experiment: Experiment, metric: str, source: str) -> str:
    """Return the file's text; studies without a trial that ended well are left out."""
    found = [(one, one.best) for one in tuned if one.best is not None]
    told = [
        f"# {one.study}: validation {metric} {best.value:.4f}, trial {best.number} of {len(one.trials)}"
        for one, best in found
    ]
    first, *others = [_rule(one, best.values) for one, best in found]
    training = first.pop("training")
    whole: dict[str, Any] = {
        "name": f"{experiment.name or source}-tuned",
        "description": f"The best parameters by validation {metric}, searched on the first seed of each.",
        "axes": first,
        "training": training,
        "search": experiment.search.model_dump(exclude_none=True),
        "budget": experiment.budget.model_dump(exclude_none=True),
        "include": others,
    }
    head = [f"# Written by hashbench tune {source}.", *told]
    return "\n".join(head) + "\n\n" + tomli_w.dumps({name: one for name, one in whole.items() if one})


def _rule(tuned: StudyResult, values: Any) -> dict[str, Any]:
    plan = tuned.study.plan(values)
    parts = ("dataset", "encoder", "head", "split", "objective")
    rule: dict[str, Any] = {part: canonical(getattr(plan, part)) for part in parts}
    return rule | {
        "train_head": plan.train_head,
        "seed": list(tuned.study.seeds),
        "training": asdict(plan.training),
    }
