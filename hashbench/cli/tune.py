"""`hashbench tune`: searches parameters by validation alone, and writes the experiment file of the best."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from hashbench.cli.options import PATH, out, threads, training_place
from hashbench.errors import BadParameter, HashbenchError, RunFailed, RunInterrupted, Unwritable

if TYPE_CHECKING:
    from hashbench.tuning.studies import Study
    from hashbench.tuning.trials import StudyResult, TrialResult

_HR_AT_K = re.compile(r"hr@([1-9]\d*)")


@click.command()
@click.argument("experiment", type=PATH)
@click.option("--trials", default=30, show_default=True, type=click.IntRange(1), help="Trials of each model.")
@click.option("--metric", default="hr@50", show_default=True, help="What validation measures: hr@K, or auc.")
@click.option(
    "-o", "--output", type=PATH, help="Experiment file to write. [default: EXPERIMENT's name and -tuned.toml]"
)
@out
@click.option("--storage", type=PATH, help="Optuna's SQLite file. [default: tune.db in the results folder]")
@threads("training")
@training_place
def tune(
    experiment: Path,
    trials: int,
    metric: str,
    output: Path | None,
    out: Path,
    storage: Path | None,
    threads: int | None,
    device: str,
    data_dir: Path | None,
    skip_bad_rows: bool,
) -> None:
    """Search the parameters that [tune] of EXPERIMENT names, with the same number of trials for each model.

    Trials are judged by validation, on the first seed; the test data are not used. You may stop the search at any time:
    the same command continues. The result is an experiment file of the best parameters, for hashbench grid.
    """
    from hashbench.cli.run_progress import RunProgress
    from hashbench.grids.experiment_file import read
    from hashbench.pipeline.context import ExecutionContext, run_context
    from hashbench.protocols import LoadContext
    from hashbench.results.atomic import atomic_write
    from hashbench.results.store import ResultsFolder
    from hashbench.tuning.studies import studies

    try:
        from hashbench.tuning.trials import Tuner
        from hashbench.tuning.tuned_experiment import tuned_experiment
    except ImportError as error:
        raise HashbenchError(f"hashbench tune needs {error.name}: pip install 'hashbench[tune]'") from None

    described = read(experiment)
    metric_name, k = _metric(metric)
    target = _target(experiment, output)
    to_tune, skipped = studies(described, k)
    if not to_tune:
        raise HashbenchError(f"{experiment} leaves nothing to tune: {'; '.join(skipped)}")
    folder = ResultsFolder(out)
    folder.check_writable()
    progress = RunProgress()
    load = LoadContext(data_dir=data_dir, skip_bad_rows=skip_bad_rows, notes=progress)
    execution = ExecutionContext(run_context(0, device, threads), load, progress, folder, reuse_model=True)

    def on_trial_finished(study: Study, trial: TrialResult, best: TrialResult | None) -> None:
        progress.note(_trial_line(study, trial, best, trials, metric))

    tuner = Tuner(execution, storage or out / "tune.db", metric_name, trials, on_trial_finished)
    noun = "model" if len(to_tune) == 1 else "models"
    click.echo(f"{described.name or experiment.stem}: {len(to_tune)} {noun} to tune, {trials} trials each")
    for reason, n_skipped in skipped.items():
        click.echo(f"  skipped: {n_skipped} × {reason}")
    try:
        results = [tuner.run(study) for study in to_tune]
    except RunInterrupted:
        raise RunInterrupted("stopped; the same command continues") from None
    if all(result.best is None for result in results):
        raise RunFailed(f"every trial failed; the first: {results[0].trials[0].reason}")
    with atomic_write(target) as stream:
        stream.write(tuned_experiment(results, described, metric, experiment.name).encode())
    for result in results:
        click.echo(_study_line(result, metric))
    click.echo(f"{target}: run it with hashbench grid {target} --out {out}")


def _metric(text: str) -> tuple[Literal["hr", "auc"], int | None]:
    """Return the metric and its k."""
    if text == "auc":
        return "auc", None
    if (match := _HR_AT_K.fullmatch(text)) is None:
        raise BadParameter(f"--metric must be hr@K, such as hr@50, or auc: what validation measures; got '{text}'")
    return "hr", int(match[1])


def _target(experiment: Path, output: Path | None) -> Path:
    """Return the file to write, after a check that it can be written."""
    target = output or Path(f"{experiment.stem}-tuned.toml")
    folder = target.resolve().parent
    if target.resolve() == experiment.resolve():
        raise BadParameter(f"--output {target} is the experiment itself; give another name")
    if not folder.is_dir():
        raise Unwritable(f"--output {target}: there is no folder {folder}")
    return target


def _trial_line(study: Study, trial: TrialResult, best: TrialResult | None, n_trials: int, metric: str) -> str:
    outcome = f"{metric} {trial.value:.4f}" if trial.value is not None else f"{trial.status} {trial.reason}".rstrip()
    so_far = f"  (best {best.value:.4f}, trial {best.number})" if best is not None and best.value is not None else ""
    return f"[{trial.number}/{n_trials}] {study}: {_values(trial.values)}  {outcome}{so_far}"


def _study_line(result: StudyResult, metric: str) -> str:
    best, statuses = result.best, [trial.status for trial in result.trials]
    if best is None:
        return f"{result.study}: every trial failed ({result.trials[0].reason})"
    counts = ", ".join(
        f"{statuses.count(status)} {status}" for status in ("done", "pruned", "failed") if status in statuses
    )
    return f"{result.study}: validation {metric} {best.value:.4f} by {_values(best.values)}  ({counts})"


def _values(values: Mapping[str, Any]) -> str:
    texts = (f"{name}={value:.4g}" if isinstance(value, float) else f"{name}={value}" for name, value in values.items())
    return " ".join(texts) or "nothing to search"
