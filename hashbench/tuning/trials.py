"""The trials of a study: sampled by Optuna, trained, pruned and judged by validation; resumable, and repeatable."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import optuna
from filelock import FileLock, Timeout
from optuna.trial import FrozenTrial, Trial, TrialState
from threadpoolctl import threadpool_limits

from hashbench.data.split import InteractionSplit
from hashbench.errors import BadData, HashbenchError, RunInterrupted, Unwritable, why
from hashbench.grid.experiment import Range
from hashbench.observers import Epoch, NullObserver
from hashbench.pipeline.context import ExecutionContext
from hashbench.pipeline.environment import machine
from hashbench.pipeline.learn import learn, validator
from hashbench.pipeline.phases import Phases
from hashbench.pipeline.plan import RunPlan
from hashbench.pipeline.recorder import RunRecorder, data_summary
from hashbench.pipeline.run import checkpoints
from hashbench.protocols import Dataset, Splitter
from hashbench.results.record import DataSummary
from hashbench.training.checkpoint import CheckpointFile
from hashbench.tuning.studies import Study

Metric = Literal["hr", "auc"]
UNPRUNED = 5
"""Trials that no other is pruned before."""

FAILED = "hashbench:failed"
"""Attribute of a trial that ended in an error; one that was killed in the middle has none."""

optuna.logging.set_verbosity(optuna.logging.WARNING)


@dataclass(frozen=True)
class TrialResult:
    """How a trial ended: `value` is its validation where it was trained to its end."""

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
        """The best trial, the first of several; None where all failed."""
        done = [trial for trial in self.trials if trial.value is not None]
        return max(done, key=lambda trial: trial.value or 0.0) if done else None


@dataclass
class Tuner:
    """Runs studies; data sets are loaded, and split, once.

    `storage` is a SQLite file that Optuna keeps: what is in it is not run again.
    """

    execution: ExecutionContext
    storage: Path
    metric: Metric
    trials: int
    told: Callable[[Study, TrialResult, TrialResult | None], None]
    known: dict[tuple[Dataset, Splitter, int], tuple[InteractionSplit, DataSummary]] = field(default_factory=dict)

    def run(self, study: Study) -> StudyResult:
        """Run what is left of a study's trials; one that was killed in the middle goes on from its checkpoint."""
        split, data = self._data(study.cell.plan)
        plan = study.cell.plan
        if validator(split, plan.head, plan.training, replace(self.execution.ctx, seed=plan.seed)) is None:
            raise BadData(f"{study}: the split leaves nothing to validate on, so trials cannot be judged")
        recorder = RunRecorder(
            plan, self.execution, machine(self.execution.ctx.device, self.execution.ctx.threads), Phases(), data
        )
        metric = f"hr@{plan.training.valid_k}" if self.metric == "hr" else "auc"
        name = study.named(data.split_fingerprint, recorder.provenance, metric)
        lock = self.storage.with_name(f".{self.storage.name}.{name.rpartition(' ')[2]}.lock")
        try:
            self.storage.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(lock, timeout=0), threadpool_limits(1, user_api="blas"):  # as a run has it
                return self._run(study, name, split, recorder)
        except Timeout:
            raise HashbenchError(f"another process is at study '{name}'; wait for it, or tune something else") from None
        except OSError as error:
            raise Unwritable(f"{self.storage} cannot be written: {why(error)}") from None

    def _run(self, study: Study, name: str, split: InteractionSplit, recorder: RunRecorder) -> StudyResult:
        kept = self._open(name)
        for gone in kept.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
            kept.tell(gone.number, state=TrialState.FAIL)  # of a process that is gone, for this one has the lock
        most = self.trials if study.space else 1
        tuned = StudyResult(study, list(_trial_results(kept.get_trials(deepcopy=False)))[:most])
        while len(tuned.trials) < most:
            # Sampled from what has ended and its number alone, a search that was stopped goes on as if it had not been.
            kept.sampler = optuna.samplers.TPESampler(seed=len(tuned.trials), n_startup_trials=UNPRUNED * 2)
            trial = kept.ask()
            values = {parameter: _suggest(trial, parameter, space) for parameter, space in study.space.items()}
            ended = self._again(tuned, values) or self._try(study, trial, values, split, recorder, tuned)
            if ended.status == "failed":
                trial.set_user_attr(FAILED, ended.reason)
            states = {"done": TrialState.COMPLETE, "pruned": TrialState.PRUNED, "failed": TrialState.FAIL}
            kept.tell(trial, ended.value, state=states[ended.status])
            ended = replace(ended, number=len(tuned.trials) + 1)
            tuned.trials.append(ended)
            self.told(study, ended, tuned.best)
        return tuned

    @staticmethod
    def _again(tuned: StudyResult, values: Mapping[str, Any]) -> TrialResult | None:
        """Return how the same values ended before, if they were tried."""
        return next((trial for trial in tuned.trials if trial.values == values), None)

    def _try(
        self,
        study: Study,
        trial: Trial,
        values: Mapping[str, Any],
        split: InteractionSplit,
        recorder: RunRecorder,
        tuned: StudyResult,
    ) -> TrialResult:
        files: list[CheckpointFile] = []
        best = tuned.best.value if tuned.best is not None else None
        ended = TrialResult(0, "failed", values)
        try:
            plan = study.plan(values)
            recorder = replace(recorder, plan=plan)
            ctx = replace(self.execution.ctx, seed=plan.seed)
            give = checkpoints(recorder)
            assert give is not None
            # What an encoder has learnt alone is kept for other heads.
            opened = _Opened(give, files, spared="encoder" if plan.train_head == "post_hoc" else "")
            learned = learn(plan, split, ctx, _Pruner(trial, self.metric, plan.training.epochs), opened)
            rank_users = validator(split, plan.head, plan.training, ctx)
            assert rank_users is not None
            ended = TrialResult(
                0, "done", values, getattr(rank_users.validate(learned.users, learned.items), self.metric)
            )
        except optuna.TrialPruned as pruned:
            ended = TrialResult(0, "pruned", values, reason=str(pruned))
        except (RunInterrupted, Unwritable):
            raise
        except Exception as error:  # of a component, or for want of memory: these values are no good, others may be
            reason = str(error) if isinstance(error, HashbenchError) else f"{type(error).__name__}: {error}"
            ended = TrialResult(0, "failed", values, reason=reason)
        if ended.value is None or (best is not None and ended.value <= best):
            for file in files:
                file.forget()
        return ended

    def _open(self, name: str) -> optuna.Study:
        try:
            pruner = optuna.pruners.MedianPruner(UNPRUNED, n_warmup_steps=UNPRUNED)
            address = f"sqlite:///{self.storage.resolve()}"
            return optuna.create_study(
                storage=address, study_name=name, pruner=pruner, direction="maximize", load_if_exists=True
            )
        except Exception as error:  # whatever SQLAlchemy and alembic say of a file that is none of theirs
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            text = f"{self.storage} is no storage of Optuna ({reason}); give another file with --storage"
            raise HashbenchError(text) from None

    def _data(self, plan: RunPlan) -> tuple[InteractionSplit, DataSummary]:
        key = (plan.dataset, plan.split, plan.seed)
        if key not in self.known:
            data = plan.dataset.load(self.execution.load)
            plan.check_catalogue(data.interactions.n_items)
            split = plan.split.split(data, replace(self.execution.ctx, seed=plan.seed))
            self.known[key] = split, data_summary(data, split)
        return self.known[key]


class _Pruner(NullObserver):
    """Tells Optuna each epoch's validation, and ends a trial that is worse than the median of the others."""

    def __init__(self, trial: Trial, metric: Metric, epochs: int) -> None:
        self.trial, self.metric, self.epochs = trial, metric, epochs
        self.stages: list[str] = []

    def stage_resumed(self, stage: str, history: Iterable[Epoch], finished: bool) -> None:
        for epoch in history:
            self.epoch_finished(epoch)

    def epoch_finished(self, epoch: Epoch) -> None:
        if epoch.stage not in self.stages:
            self.stages.append(epoch.stage)
        value = epoch.valid_hr if self.metric == "hr" else epoch.auc
        assert value is not None
        self.trial.report(value, self.stages.index(epoch.stage) * self.epochs + epoch.epoch)
        if self.trial.should_prune():
            raise optuna.TrialPruned(f"in epoch {epoch.epoch} of {self.epochs}")


@dataclass(frozen=True)
class _Opened:
    """Gives checkpoints, and notes those that were not there before."""

    give: Callable[[str], CheckpointFile]
    new: list[CheckpointFile]
    spared: str

    def __call__(self, stage: str) -> CheckpointFile:
        file = self.give(stage)
        if stage != self.spared and not file.file.is_file():
            self.new.append(file)
        return file


def _suggest(trial: Trial, name: str, space: Any) -> Any:
    if not isinstance(space, Range):
        return trial.suggest_categorical(name, list(space))
    if isinstance(space.low, int) and isinstance(space.high, int):
        return trial.suggest_int(name, space.low, space.high, log=space.log)
    return trial.suggest_float(name, space.low, space.high, log=space.log)


def _trial_results(trials: Iterable[FrozenTrial]) -> Iterable[TrialResult]:
    """Read trials that have ended, numbered from 1; those that were killed do not count."""
    number = 0
    for trial in sorted(trials, key=lambda one: one.number):
        reason = trial.user_attrs.get(FAILED, "")
        if trial.state == TrialState.FAIL and not reason:
            continue
        number += 1
        if trial.state == TrialState.COMPLETE:
            yield TrialResult(number, "done", dict(trial.params), trial.value)
        else:
            yield TrialResult(
                number, "pruned" if trial.state == TrialState.PRUNED else "failed", dict(trial.params), None, reason
            )
