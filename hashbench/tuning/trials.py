"""The trials of a study: sampled by Optuna, trained, pruned and judged by validation; resumable and repeatable."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import optuna
from filelock import FileLock, Timeout
from optuna.trial import FrozenTrial, Trial, TrialState
from threadpoolctl import threadpool_limits

from hashbench.data.split import InteractionSplit
from hashbench.errors import BadData, HashbenchError, RunInterrupted, Unwritable, why
from hashbench.grids.experiment import Range
from hashbench.observers import Epoch, NullObserver
from hashbench.pipeline.context import ExecutionContext
from hashbench.pipeline.learn import Checkpoints, learn, validator
from hashbench.pipeline.model_source import ModelSource
from hashbench.pipeline.plan import RunPlan
from hashbench.pipeline.recorder import data_summary
from hashbench.protocols import Dataset, Splitter
from hashbench.results.record import DataSummary
from hashbench.training.checkpoint import CheckpointFile
from hashbench.tuning.studies import Study

Metric = Literal["hr", "auc"]

N_WARMUP = 5
"""Number of trials that must end before one is pruned, and of epochs that each trial trains before it may be."""

N_RANDOM = 2 * N_WARMUP
"""Number of trials with random parameters, before Optuna models the objective."""

FAILED = "hashbench:failed"
"""Attribute of a trial that ended in an error: its message. A trial whose process was killed has none."""

optuna.logging.set_verbosity(optuna.logging.WARNING)


@dataclass(frozen=True)
class TrialResult:
    """How a trial ended; `value` is its validation metric, None unless it was trained to the end."""

    number: int
    status: Literal["done", "pruned", "failed"]
    values: Mapping[str, Any]
    value: float | None = None
    reason: str = ""


@dataclass(frozen=True)
class StudyResult:
    """A study and all its trials, in the order of their numbers."""

    study: Study
    trials: list[TrialResult]

    @property
    def best(self) -> TrialResult | None:
        """The trial with the highest value, the first of several; None if none has a value."""
        done = [trial for trial in self.trials if trial.value is not None]
        return max(done, key=lambda trial: trial.value or 0.0) if done else None


@dataclass
class Tuner:
    """Runs studies; each data set is loaded, and split, once.

    `storage` is an SQLite file of Optuna: trials that it holds are not run again. `n_trials` is the number of trials of
    each study. `on_trial_finished` receives the study, the trial, and the best trial so far.
    """

    execution: ExecutionContext
    storage: Path
    metric: Metric
    n_trials: int
    on_trial_finished: Callable[[Study, TrialResult, TrialResult | None], None]
    splits: dict[tuple[Dataset, Splitter, int], tuple[InteractionSplit, DataSummary]] = field(default_factory=dict)

    def run(self, study: Study) -> StudyResult:
        """Run the trials that a study lacks; a trial whose process was killed resumes from its checkpoint.

        Raises `BadData` if there is nothing to validate on, and `HashbenchError` if another process runs the study.
        """
        plan = study.cell.plan
        split, data = self._split(plan)
        if validator(split, plan.head, plan.training, replace(self.execution.ctx, seed=plan.seed)) is None:
            raise BadData(f"{study}: the split has no validation interactions, so trials cannot be judged")
        source = ModelSource(plan, self.execution, data.split_fingerprint)
        metric = f"hr@{plan.training.valid_k}" if self.metric == "hr" else "auc"
        name = study.identifier(data.split_fingerprint, source.provenance, metric)
        lock = self.storage.with_name(f".{self.storage.name}.{name.rpartition(' ')[2]}.lock")
        try:
            self.storage.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(lock, timeout=0), threadpool_limits(1, user_api="blas"):  # as in a run
                return _StudyRun(self, study, split, source, open_storage(self.storage, name)).run()
        except Timeout:
            raise HashbenchError(f"another process is at study '{name}'; wait for it, or tune something else") from None
        except OSError as error:
            raise Unwritable(f"{self.storage} cannot be written: {why(error)}") from None

    def _split(self, plan: RunPlan) -> tuple[InteractionSplit, DataSummary]:
        key = (plan.dataset, plan.split, plan.seed)
        if key not in self.splits:
            data = plan.dataset.load(self.execution.load)
            plan.check_ks(data.interactions.n_items)
            split = plan.split.split(data, replace(self.execution.ctx, seed=plan.seed))
            self.splits[key] = split, data_summary(data, split)
        return self.splits[key]


def open_storage(storage: Path, study_name: str) -> optuna.Study:
    """Return the study of that name in Optuna's SQLite file, created if it is new; raises `HashbenchError`."""
    try:
        pruner = optuna.pruners.MedianPruner(N_WARMUP, n_warmup_steps=N_WARMUP)
        address = f"sqlite:///{storage.resolve()}"
        return optuna.create_study(
            storage=address, study_name=study_name, pruner=pruner, direction="maximize", load_if_exists=True
        )
    except Exception as error:  # whatever SQLAlchemy and alembic raise for a foreign file
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        text = f"{storage} is no storage of Optuna ({reason}); give another file with --storage"
        raise HashbenchError(text) from None


@dataclass(frozen=True)
class _StudyRun:
    """One study while it runs: its split, the source of its models, and its storage."""

    tuner: Tuner
    study: Study
    split: InteractionSplit
    source: ModelSource
    storage: optuna.Study

    def run(self) -> StudyResult:
        for killed in self.storage.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
            self.storage.tell(killed.number, state=TrialState.FAIL)  # its process is gone: this process has the lock
        n_trials = self.tuner.n_trials if self.study.space else 1
        result = StudyResult(self.study, list(_trial_results(self.storage.get_trials(deepcopy=False)))[:n_trials])
        while len(result.trials) < n_trials:
            # The sample depends on the trials that have ended and on the number alone, so a stopped search repeats it.
            self.storage.sampler = optuna.samplers.TPESampler(seed=len(result.trials), n_startup_trials=N_RANDOM)
            trial = self.storage.ask()
            values = {name: _suggest(trial, name, space) for name, space in self.study.space.items()}
            ended = _same_values(result, values) or self._run_trial(trial, values, result.best)
            if ended.status == "failed":
                trial.set_user_attr(FAILED, ended.reason)
            states = {"done": TrialState.COMPLETE, "pruned": TrialState.PRUNED, "failed": TrialState.FAIL}
            self.storage.tell(trial, ended.value, state=states[ended.status])
            ended = replace(ended, number=len(result.trials) + 1)
            result.trials.append(ended)
            self.tuner.on_trial_finished(self.study, ended, result.best)
        return result

    def _run_trial(self, trial: Trial, values: Mapping[str, Any], best: TrialResult | None) -> TrialResult:
        """Train and validate; the new checkpoints are deleted unless the trial is the best so far."""
        new_checkpoints: list[CheckpointFile] = []
        try:
            value = self._train_and_validate(trial, self.study.plan(values), new_checkpoints)
            ended = TrialResult(0, "done", values, value)
        except optuna.TrialPruned as pruned:
            ended = TrialResult(0, "pruned", values, reason=str(pruned))
        except (RunInterrupted, Unwritable):
            raise
        except Exception as error:  # of a component, or for want of memory: other values may succeed
            reason = str(error) if isinstance(error, HashbenchError) else f"{type(error).__name__}: {error}"
            ended = TrialResult(0, "failed", values, reason=reason)
        best_value = None if best is None else best.value
        if ended.value is None or (best_value is not None and ended.value <= best_value):
            for checkpoint in new_checkpoints:
                checkpoint.forget()
        return ended

    def _train_and_validate(self, trial: Trial, plan: RunPlan, new_checkpoints: list[CheckpointFile]) -> float:
        ctx = replace(self.tuner.execution.ctx, seed=plan.seed)
        open_checkpoint = replace(self.source, plan=plan).checkpoint
        shared_stage = "encoder" if plan.train_head == "post_hoc" else ""  # other heads start from this encoder
        tracked = _NewCheckpoints(open_checkpoint, new_checkpoints, shared_stage)
        pruner = _Pruner(trial, self.tuner.metric, plan.training.epochs)
        learned = learn(plan, self.split, ctx, pruner, tracked)
        validation = validator(self.split, plan.head, plan.training, ctx)
        assert validation is not None
        scores = validation.validate(learned.users, learned.items)
        return scores.hr if self.tuner.metric == "hr" else scores.auc


def _same_values(result: StudyResult, values: Mapping[str, Any]) -> TrialResult | None:
    """Return the earlier trial with the same values, if there is one."""
    return next((trial for trial in result.trials if trial.values == values), None)


class _Pruner(NullObserver):
    """Reports each epoch's validation to Optuna, and ends a trial that is worse than the median of the others."""

    def __init__(self, trial: Trial, metric: Metric, epochs: int) -> None:
        self._trial, self._metric, self._epochs = trial, metric, epochs
        self._stages: list[str] = []

    def stage_resumed(self, stage: str, history: Iterable[Epoch], finished: bool) -> None:
        for epoch in history:
            self.epoch_finished(epoch)

    def epoch_finished(self, epoch: Epoch) -> None:
        if epoch.stage not in self._stages:
            self._stages.append(epoch.stage)
        value = epoch.valid_hr if self._metric == "hr" else epoch.auc
        assert value is not None
        self._trial.report(value, self._stages.index(epoch.stage) * self._epochs + epoch.epoch)
        if self._trial.should_prune():
            raise optuna.TrialPruned(f"in epoch {epoch.epoch} of {self._epochs}")


@dataclass(frozen=True)
class _NewCheckpoints:
    """Opens the checkpoint of each stage, and lists those that did not exist, except the `shared_stage`'s."""

    open_checkpoint: Checkpoints
    new: list[CheckpointFile]
    shared_stage: str

    def __call__(self, stage: str) -> CheckpointFile | None:
        checkpoint = self.open_checkpoint(stage)
        if checkpoint is not None and stage != self.shared_stage and not checkpoint.file.is_file():
            self.new.append(checkpoint)
        return checkpoint


def _suggest(trial: Trial, name: str, space: Any) -> Any:
    if not isinstance(space, Range):
        return trial.suggest_categorical(name, list(space))
    if isinstance(space.low, int) and isinstance(space.high, int):
        return trial.suggest_int(name, space.low, space.high, log=space.log)
    return trial.suggest_float(name, space.low, space.high, log=space.log)


def _trial_results(trials: Iterable[FrozenTrial]) -> Iterator[TrialResult]:
    """Yield the trials that have ended, numbered from 1; trials whose process was killed do not count."""
    number = 0
    for trial in sorted(trials, key=lambda trial: trial.number):
        reason = trial.user_attrs.get(FAILED, "")
        if trial.state == TrialState.FAIL and not reason:
            continue
        number += 1
        if trial.state == TrialState.COMPLETE:
            yield TrialResult(number, "done", dict(trial.params), trial.value)
        else:
            status: Literal["pruned", "failed"] = "pruned" if trial.state == TrialState.PRUNED else "failed"
            yield TrialResult(number, status, dict(trial.params), reason=reason)
