"""`hashbench inspect`: describes the codes of one record's model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hashbench.cli.options import results

if TYPE_CHECKING:
    from hashbench.results.record import CodeSummary, RunRecord
    from hashbench.results.store import ResultsFolder


@click.command()
@click.argument("run")
@results
@click.option("--format", "style", type=click.Choice(("text", "json")), default="text", show_default=True)
def inspect(run: str, results: Path, style: str) -> None:
    """Describe the codes of RUN's model: bits, collisions, distances, ties, bytes per item.

    RUN is a run id, a unique beginning of one, or a record file. The codes are read from the results folder.
    """
    from hashbench.cli.show import print_sections
    from hashbench.reporting.codes import code_sections
    from hashbench.results.record_json import without_nan
    from hashbench.results.store import ResultsFolder

    folder = ResultsFolder(results)
    record = folder.find(run)
    codes = _codes_of(record, folder)
    if style == "json":
        run_fields = ("run_id", "model_id", "dataset", "encoder", "head", "seed")
        summary = {name: getattr(record, name) for name in run_fields} | {"codes": codes.model_dump(mode="json")}
        click.echo(json.dumps(without_nan(summary), indent=2, ensure_ascii=False, allow_nan=False))
    else:
        print_sections(code_sections(record, codes))


def _codes_of(record: RunRecord, folder: ResultsFolder) -> CodeSummary:
    from hashbench.errors import HashbenchError
    from hashbench.evaluation.diagnostics import diagnose
    from hashbench.protocols import RunContext
    from hashbench.reporting.metric_names import METRIC, cutoff

    no_codes = HashbenchError(f"Run {record.run_id} has no codes to inspect: its hash head '{record.head}' gives none.")
    if record.n_bits is None:
        raise no_codes
    model = folder.model(record)
    if model.items.codes is None or not len(model.items):
        raise no_codes
    ks = {cutoff(metric) for metric in record.metrics if METRIC.fullmatch(metric)}
    return diagnose(model.users, model.items, ks, RunContext(record.seed).rng("codes"))
