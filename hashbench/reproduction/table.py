"""A published table or chart as a TOML file: what the paper published, and the experiment that reproduces it."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from hashbench.errors import BadParameter, HashbenchError, UnknownName, did_you_mean, why
from hashbench.grids.experiment import Experiment
from hashbench.grids.experiment_file import parse
from hashbench.reproduction.paper import Paper, parse_paper
from hashbench.reproduction.subset import of_datasets

SHIPPED = resources.files("hashbench.reproduction") / "tables"
"""The folder of the tables that come with hashbench."""


@dataclass(frozen=True)
class Table:
    """A published table or chart, and the experiment that reproduces it."""

    name: str
    paper: Paper
    experiment: Experiment

    def chosen(self, datasets: Sequence[str], n_seeds: int) -> Experiment:
        """Return the experiment with the first `n_seeds` seeds on these data sets, on all of its own if none is given.

        Raises `BadParameter` for a data set that the table does not have.
        """
        known = self.experiment.axes.dataset
        for name in datasets:
            if name not in known:
                raise BadParameter(f"--dataset {name}: the table has {', '.join(known)}")
        return of_datasets(self.experiment, datasets or known, range(n_seeds))


def table_names() -> list[str]:
    """Return the names of the tables that come with hashbench."""
    return sorted(file.name.removesuffix(".toml") for file in SHIPPED.iterdir() if file.name.endswith(".toml"))


def read_table(name: str) -> Table:
    """Read the table of that name, or a file; raises `HashbenchError` that lists what is wrong with it."""
    if name.endswith(".toml"):
        try:
            text = Path(name).read_text("utf-8")
        except OSError as error:
            raise HashbenchError(f"{name}: cannot be read: {why(error)}") from None
        except UnicodeDecodeError:
            raise HashbenchError(f"{name}: no TOML: not UTF-8 text") from None
    elif name in table_names():
        text = SHIPPED.joinpath(f"{name}.toml").read_text("utf-8")
    else:
        raise UnknownName(
            f"There is no table called '{name}'.{did_you_mean(name, table_names())} "
            f"There are {', '.join(table_names())}; or give a file, such as my-table.toml."
        )
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise HashbenchError(f"{name}: no TOML: {error}") from None
    section = content.pop("paper", {})
    experiment = parse(content, name)
    paper = parse_paper(section, experiment.axes.system or [], name)
    return Table(experiment.name or Path(name).stem, paper, experiment)
