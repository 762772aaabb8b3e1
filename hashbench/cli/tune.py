"""`hashbench tune`: searches parameters by validation alone, and writes the experiment of the best."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from hashbench.cli.options import PATH, training_place
from hashbench.errors import BadParameter, HashbenchError, RunFailed, RunInterrupted, Unwritable

if TYPE_CHECKING:
    from hashbench.tuning.studies import Study
    from hashbench.tuning.trials import StudyResult, TrialResult


_HR = re.compile(r"hr@([1-9]\d*)")


@click.command()
@click.argument("experiment", type=PATH)
@click.option("--trials", default=30, show_default=True, type=click.IntRange(1), help="Trials of each model.")
@click.option("--metric", default="hr@50", show_default=True, help="What validation is judged by: hr@K, or auc.")
@click.option(
    "-o", "--output", type=PATH, help="Experiment file to write. [default: EXPERIMENT's name and -tuned.toml]"
)
@click.option("--out", default="results", show_default=True, type=PATH, help="Results folder, for what is trained.")
@click.option("--storage", type=PATH, help="Optuna's SQLite file. [default: tune.db in the results folder]")
@click.option("--threads", type=int, help="Threads. [default: all cores]")
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
    """Search the parameters that [tune] of EXPERIMENT names, for each of its models with as many trials.

    Trials are judged by validation, on the first seed; the test decides nothing. Stop it whenever you like: the same
    command goes on. What comes out is an experiment file of the best parameters, for hashbench grid.
    """
    from hashbench.cli.progress import Progress
    from hashbench.grid.experiment_file import read
    from hashbench.pipeline.context import ExecutionContext, run_context
    from hashbench.protocols import LoadContext
    from hashbench.results.atomic import atomic_write
    from hashbench.results.store import ResultsFolder
    from hashbench.tuning.studies import studies

    try:
        from hashbench.tuning.outcome import experiment_text
        from hashbench.tuning.trials import Tuner
    except ImportError as error:
        raise HashbenchError(f"hashbench tune needs {error.name}: pip install 'hashbench[tune]'") from None

    described = read(experiment)
    kind, k = _metric(metric)
    target = output or Path(f"{experiment.stem}-tuned.toml")
    if target.resolve() == experiment.resolve():
        raise BadParameter(f"--output {target} is the experiment itself; give another name")
    if not target.resolve().parent.is_dir():
        raise Unwritable(f"--output {target}: there is no folder {target.resolve().parent}")
    found, skipped = studies(described, k)
    if not found:
        reasons = "; ".join(skipped)
        raise HashbenchError(f"{experiment} leaves nothing to tune: {reasons}")
    folder = ResultsFolder(out)
    folder.check_writable()
    progress = Progress()
    load = LoadContext(data_dir=data_dir, skip_bad_rows=skip_bad_rows, notes=progress)
    execution = ExecutionContext(run_context(0, device, threads), load, progress, folder, reuse_model=True)

    def told(study: Study, ended: TrialResult, best: TrialResult | None) -> None:
        progress.note(_line(study, ended, best, trials, metric))

    tuner = Tuner(execution, storage or out / "tune.db", kind, trials, told)
    names = "model" if len(found) == 1 else "models"
    click.echo(f"{described.name or experiment.stem}: {len(found)} {names} to tune, {trials} trials each")
    for reason, n in skipped.items():
        click.echo(f"  left out {n}×: {reason}")
    try:
        tuned = [tuner.run(study) for study in found]
    except RunInterrupted:
        raise RunInterrupted("stopped; the same command goes on") from None
    if all(one.best is None for one in tuned):
        raise RunFailed(f"every trial failed; the first: {tuned[0].trials[0].reason}")
    with atomic_write(target) as stream:
        stream.write(experiment_text(tuned, described, metric, experiment.name).encode())
    for one in tuned:
        click.echo(_summary(one, metric))
    click.echo(f"{target}: run it with hashbench grid {target} --out {out}")


def _metric(text: str) -> tuple[Literal["hr", "auc"], int | None]:
    if text == "auc":
        return "auc", None
    if (found := _HR.fullmatch(text)) is None:
        raise BadParameter(f"--metric must be hr@K, such as hr@50, or auc: what validation measures; got '{text}'")
    return "hr", int(found[1])


def _line(study: Study, ended: TrialResult, best: TrialResult | None, trials: int, metric: str) -> str:
    how = f"{metric} {ended.value:.4f}" if ended.value is not None else f"{ended.status} {ended.reason}".rstrip()
    known = f"  (best {best.value:.4f}, trial {best.number})" if best is not None and best.value is not None else ""
    return f"[{ended.number}/{trials}] {study}: {_values(ended.values)}  {how}{known}"


def _summary(tuned: StudyResult, metric: str) -> str:
    best, states = tuned.best, [trial.status for trial in tuned.trials]
    ended = ", ".join(f"{states.count(state)} {state}" for state in ("done", "pruned", "failed") if state in states)
    if best is None:
        return f"{tuned.study}: every trial failed ({tuned.trials[0].reason})"
    return f"{tuned.study}: validation {metric} {best.value:.4f} by {_values(best.values)}  ({ended})"


def _values(values: Any) -> str:
    texts = (f"{name}={value:.4g}" if isinstance(value, float) else f"{name}={value}" for name, value in values.items())
    return " ".join(texts) or "nothing to search"
