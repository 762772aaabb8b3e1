"""Log messages on standard error: for `hashbench --verbose`, and for the environment variable HASHBENCH_LOG."""

from __future__ import annotations

import logging
import os

from hashbench.errors import BadParameter

VARIABLE = "HASHBENCH_LOG"
LEVELS = ("debug", "info", "warning", "error")
FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def show_logs(verbosity: int) -> None:
    """Print messages of the loggers `hashbench.*`: from INFO up for a verbosity of 1, from DEBUG up for 2 or more.

    With a verbosity of 0 the level is the one that HASHBENCH_LOG names; without it nothing is printed.
    """
    level = ("", "info", "debug")[min(verbosity, 2)] or os.environ.get(VARIABLE, "").lower()
    if not level:
        return
    if level not in LEVELS:
        raise BadParameter(f"{VARIABLE} must be one of {', '.join(LEVELS)}, got '{level}'")
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter(FORMAT, "%H:%M:%S"))
    logger = logging.getLogger("hashbench")
    logger.addHandler(handler)
    logger.setLevel(level.upper())
