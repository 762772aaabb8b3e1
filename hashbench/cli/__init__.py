"""The command line: its commands, one file a group, and the one place where errors are printed."""

from __future__ import annotations

import signal
import sys
from typing import Any, NoReturn

import click

from hashbench.cli.bench import bench
from hashbench.cli.cache import cache
from hashbench.cli.compare import compare
from hashbench.cli.datasets import datasets
from hashbench.cli.grid import grid, schema
from hashbench.cli.inspect import inspect
from hashbench.cli.listing import describe, list_components, list_plugins
from hashbench.cli.report import plot, report
from hashbench.cli.reproduce import reproduce
from hashbench.cli.results import results
from hashbench.cli.run import run
from hashbench.cli.show import show
from hashbench.cli.tune import tune
from hashbench.errors import HashbenchError
from hashbench.registry.plugins import plugins
from hashbench.version import __version__


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="hashbench")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def cli(debug: bool) -> None:
    """Benchmark learning to hash for recommendation.

    Train an encoder and a hash head on users' interactions, search by float, hierarchical and Hamming retrieval,
    and compare relevance, latency and bytes.
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


def main() -> None:
    """Run the command line; an error of the user is one line and exit code 2."""
    signal.signal(signal.SIGTERM, _stop)
    debug = "--debug" in sys.argv
    sys.argv = [argument for argument in sys.argv if argument != "--debug"]
    try:
        _add_commands_of_plugins()
        sys.exit(cli.main(standalone_mode=False) or 0)
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


def _stop(number: int, frame: Any) -> NoReturn:
    """End as by Ctrl-C when a scheduler or `kill` asks for it: what is trained is kept, and said."""
    raise KeyboardInterrupt


def _add_commands_of_plugins() -> None:
    before = dict(cli.commands)
    plugins().call("hashbench_commands", cli=cli)
    for name, own in before.items():
        if (other := cli.commands.get(name)) is not own:
            taker = getattr(getattr(other, "callback", None), "__module__", "a plugin")
            what_to_do = "Uninstall it, or set HASHBENCH_PLUGINS to the plugins you want."
            raise HashbenchError(f"{taker} replaces the command '{name}'. {what_to_do}")


def _fail(message: str, exit_code: int) -> None:
    click.echo(f"Error: {message}", err=True)
    sys.exit(exit_code)
