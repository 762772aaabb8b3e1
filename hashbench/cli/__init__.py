"""The command line: all commands, and the one place where errors are printed."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from hashbench.cli.bench import bench
from hashbench.cli.cache import cache
from hashbench.cli.command_line import CommandLine
from hashbench.cli.compare import compare
from hashbench.cli.datasets import datasets
from hashbench.cli.grid import grid, schema
from hashbench.cli.inspect import inspect
from hashbench.cli.listing import describe, list_components, list_plugins
from hashbench.cli.logs import show_logs
from hashbench.cli.report import plot, report
from hashbench.cli.reproduce import reproduce
from hashbench.cli.results import results
from hashbench.cli.run import run
from hashbench.cli.show import show
from hashbench.cli.tune import tune
from hashbench.errors import HashbenchError
from hashbench.version import __version__


@click.group(cls=CommandLine, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="hashbench")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.option(
    "-v",
    "--verbose",
    count=True,
    expose_value=False,
    is_eager=True,
    callback=lambda ctx, option, count: show_logs(count),
    help="Print log messages on standard error; -vv prints more. The variable HASHBENCH_LOG=debug does the same.",
)
def cli(debug: bool) -> None:
    """Benchmark learning to hash for recommendation.

    Train an encoder and a hash head on users' interactions. Search by float, hierarchical and Hamming retrieval.
    Compare relevance, latency and memory.
    """


for command in (
    run,
    grid,
    tune,
    reproduce,
    compare,
    report,
    plot,
    show,
    inspect,
    bench,
    results,
    cache,
    datasets,
    list_components,
    describe,
    list_plugins,
    schema,
):
    cli.add_command(command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line. An error of the user is printed as one line; the exit code is that of the error."""
    signal.signal(signal.SIGTERM, _interrupt)
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in words
    try:
        sys.exit(cli.main([word for word in words if word != "--debug"], standalone_mode=False) or 0)
    except HashbenchError as error:
        if debug:
            raise
        _fail(str(error), error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        _fail("stopped; records already written are whole, and the same command starts again", 130)
    except OSError as error:
        if debug:
            raise
        _fail(str(error), 1)


def _interrupt(signal_number: int, frame: Any) -> NoReturn:
    """Stop as by Ctrl-C when a scheduler or `kill` sends SIGTERM, so that checkpoints are kept and announced."""
    raise KeyboardInterrupt


def _fail(message: str, exit_code: int) -> NoReturn:
    click.echo(f"Error: {message}", err=True)
    sys.exit(exit_code)
