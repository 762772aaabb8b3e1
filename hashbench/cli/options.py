"""Options that several commands share. Options of the training derive from `TrainingOptions`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hashbench.errors import BadParameter
from hashbench.pipeline.defaults import DEVICE, KS, RESULTS, SEED
from hashbench.spec import parameters_of

if TYPE_CHECKING:
    from hashbench.spec import ParameterInfo

PATH = click.Path(path_type=Path)
Command = Callable[..., Any]
Decorator = Callable[[Command], Command]

data_dir = click.option("--data-dir", type=PATH, help="Folder that is searched for data sets first.")
skip_bad_rows = click.option(
    "--skip-bad-rows", is_flag=True, help="Leave out rows of a data file that do not parse, and count them."
)
device = click.option("--device", default=DEVICE, show_default=True, help="auto, cpu or cuda.")
out = click.option("--out", default=RESULTS, show_default=True, type=PATH, help="Results folder.")
results_folder = click.argument("folder", default=RESULTS, type=PATH)
results = click.option("--results", default=RESULTS, show_default=True, type=PATH, help="Results folder.")
table_or_json = click.option(
    "--format", "style", type=click.Choice(["table", "json"]), default="table", show_default=True, help="Output format."
)


def _integers(ctx: click.Context, parameter: click.Parameter, text: str) -> list[int]:
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise BadParameter(f"--k must be whole numbers with commas between, such as 50,100; got '{text}'") from None


lengths = click.option(
    "--k",
    "ks",
    default=",".join(map(str, KS)),
    show_default=True,
    metavar="K,K,…",
    callback=_integers,
    help="Lengths of the rankings that are scored.",
)


def seed(purpose: str, kind: click.ParamType[int] = click.INT) -> Decorator:
    """Return the option --seed, whose help says what the seed decides."""
    return click.option("--seed", default=SEED, show_default=True, type=kind, help=f"Seed of {purpose}.")


def threads(purpose: str) -> Decorator:
    """Return the option --threads, whose help says what the threads are for."""
    return click.option("--threads", type=int, help=f"Threads for {purpose}. [default: all cores]")


def training_place(command: Command) -> Command:
    """Add --device, --data-dir and --skip-bad-rows: where a command trains and which data it reads."""
    return device(data_dir(skip_bad_rows(command)))


class TrainingCommand(click.Command):
    """A command that has, after its own options, one for each field of `TrainingOptions`.

    The fields are read when the command is called or its help is shown, not when the command is imported. An option
    that is left out is None, so that the training options of a system can apply.
    """

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Return the declared options, those of the training, and --help."""
        from hashbench.training.options import TrainingOptions

        options = [_option(parameter) for parameter in parameters_of(TrainingOptions)]
        *declared, show_help = super().get_params(ctx)
        return [*declared, *options, show_help]


def _option(parameter: ParameterInfo) -> click.Option:
    types: dict[str, Any] = {"int": int, "float": float, "choice": click.Choice(parameter.choices)}
    return click.Option(
        [f"--{parameter.name.replace('_', '-')}"],
        type=types.get(parameter.type, str),
        help=f"{_sentence(parameter)} [default: {parameter.default}]",
    )


def _sentence(parameter: ParameterInfo) -> str:
    """Return the description as a sentence; a mathematical letter at its beginning stays small."""
    text = parameter.description
    if text[1:2].isalpha():
        text = text[0].upper() + text[1:]
    bounds = ", ".join(parameter.bounds).replace(" ", "")
    return f"{text} ({bounds})." if bounds else f"{text}."
