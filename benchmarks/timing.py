"""Shared by the benchmarks of retrieval: contenders timed in turn, tables, and the machine that they ran on."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from time import perf_counter
from typing import Any

import click
import faiss
import numpy as np
import psutil
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from hashbench.pipeline.environment import machine, usable_cores

PATIENCE = 0.02  # seconds of a contender's turn, which ends sooner if its calls are used up
ALLOWANCE, LEAST_TURNS = 5.0, 5  # seconds for all turns of a contender; a slower one gets fewer turns, at least so many
STEADY, QUIET = 0.15, 0.15  # a spread, and cores used by other processes, above which a measurement counts as noisy
PACKAGES = ("faiss-cpu", "usearch", "numpy", "numba")


# -------------------------------------------------------------------------------------------------------- timing


@dataclass(frozen=True, eq=False)
class Contender:
    """`calls` are searches of different queries, `queries` in each. All they need is compiled already."""

    name: str
    calls: Sequence[Callable[[], object]]
    queries: int = 1
    threads: int = 1
    blas_threads: int = 1


@dataclass(frozen=True)
class Cost:
    """Seconds per query: the mean over calls of their medians over turns. `spread` is the turns' (q3 - q1) / median."""

    seconds: float
    spread: float

    @property
    def us(self) -> float:
        return self.seconds * 1e6

    @classmethod
    def of(cls, seconds: NDArray[np.float64], queries: int) -> Cost:
        low, middle, high = np.quantile(np.median(seconds, axis=1), [0.25, 0.5, 0.75])
        return cls(float(np.median(seconds, axis=0).mean()) / queries, float((high - low) / middle))


def in_turn(contenders: Sequence[Contender], repeats: int, patience: float = PATIENCE) -> dict[str, Cost]:
    """Time contenders in turn, so that noise hits all alike; each round begins with another one.

    If a turn has several calls, the first is discarded, because the previous contender has filled the caches. All turns
    of a contender make the same calls. Of contenders that share a name, the fastest counts.
    """
    plans = [_planned(contender, repeats, patience) for contender in contenders]
    seconds: list[list[list[float]]] = [[] for _ in contenders]
    for turn in range(repeats):
        for index in np.roll(np.arange(len(contenders)), -turn):
            contender, (n_calls, n_turns) = contenders[index], plans[index]
            if turn < n_turns:
                with _threads(contender):
                    if n_calls > 1:
                        contender.calls[0]()
                    seconds[index].append([_timed(call) for call in contender.calls[:n_calls]])
    costs: dict[str, Cost] = {}
    for contender, turns in zip(contenders, seconds, strict=True):
        cost = Cost.of(np.array(turns), contender.queries)
        costs[contender.name] = min(cost, costs.get(contender.name, cost), key=lambda either: either.seconds)
    return costs


def _planned(contender: Contender, repeats: int, patience: float) -> tuple[int, int]:
    """Return the calls per turn and the number of turns, by a timed warm-up call; a single call needs none."""
    if len(contender.calls) == 1:
        return 1, repeats
    with _threads(contender):
        duration = _timed(contender.calls[0])
        if duration < patience:
            duration = _timed(contender.calls[0])
    n_calls = int(min(max(patience / duration, 1), len(contender.calls)))
    return n_calls, min(repeats, max(LEAST_TURNS, int(ALLOWANCE / (duration * n_calls))))


def _timed(call: Callable[[], object]) -> float:
    start = perf_counter()
    call()
    return perf_counter() - start


def _threads(contender: Contender) -> Any:
    limited = _controller().limit(limits=contender.blas_threads, user_api="blas")
    faiss.omp_set_num_threads(contender.threads)  # after the limit, for faiss's BLAS shares its OpenMP
    return limited


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()


def fits(n_bytes: float) -> bool:
    """Return whether so many bytes are available without filling the machine's memory."""
    return n_bytes < 0.85 * psutil.virtual_memory().available


# ------------------------------------------------------------------------------------------------------- machine


@dataclass
class Surroundings:
    """The machine and its load: created before the work, `finish`ed after it."""

    machine: dict[str, Any] = field(default_factory=lambda: machine("cpu", usable_cores()).model_dump(mode="json"))
    flags: list[str] = field(default_factory=lambda: _vector_flags())
    versions: dict[str, str] = field(default_factory=lambda: _versions())
    load_after: float | None = None
    other_cores: float | None = None

    def __post_init__(self) -> None:
        self._start, self._own, self._all = perf_counter(), _own_seconds(), _busy_seconds()

    def finish(self) -> None:
        others = (_busy_seconds() - self._all) - (_own_seconds() - self._own)
        self.load_after = psutil.getloadavg()[0]
        self.other_cores = max(others / (perf_counter() - self._start), 0.0)

    def __str__(self) -> str:
        here = self.machine
        memory = f"{here['memory_bytes'] / 2**30:.0f} GiB"
        names = ", ".join(f"{name} {number}" for name, number in self.versions.items())
        return (
            f"{here['cpu']}, {here['cores']} cores, {memory}, {here['system']}, load before {here['load_before']:.2f}\n"
            f"{' '.join(self.flags) or 'vector instructions unknown'}\n{names}"
        )


def _vector_flags() -> list[str]:
    cpuinfo = Path("/proc/cpuinfo")
    flags = re.search(r"^flags\s*:(.*)$", cpuinfo.read_text(), re.MULTILINE) if cpuinfo.exists() else None
    return sorted(flag for flag in flags[1].split() if flag.startswith("avx") or flag == "popcnt") if flags else []


def _versions() -> dict[str, str]:
    versions = {}
    for name in PACKAGES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            versions[name] = "missing"
    return {**versions, "faiss built with": faiss.get_compile_options().strip()}


def _own_seconds() -> float:
    times = psutil.Process().cpu_times()
    return float(times.user + times.system + times.children_user + times.children_system)


def _busy_seconds() -> float:
    idle = {"idle", "iowait", "guest", "guest_nice"}  # guests' time is within user and nice
    return float(sum(seconds for kind, seconds in psutil.cpu_times()._asdict().items() if kind not in idle))


# -------------------------------------------------------------------------------------------------------- report


class Report:
    """Sections of rows, printed as Markdown as they come, or as JSON at the end."""

    def __init__(self, style: str) -> None:
        self.style, self.around = style, Surroundings()
        self.sections: list[dict[str, Any]] = []
        self._markdown(f"{self.around}\n")

    def section(self, title: str, text: str) -> None:
        self._end_section()
        self.sections.append({"title": title, "text": text, "rows": [], "notes": []})
        self._markdown(f"## {title}\n\n{text}\n")

    def row(self, values: Mapping[str, Any]) -> None:
        rows = self.sections[-1]["rows"]
        if not rows:
            self._markdown(f"| {' | '.join(values)} |")
            self._markdown(
                f"| {' | '.join('---' if isinstance(value, str) else '---:' for value in values.values())} |"
            )
        rows.append(dict(values))
        self._markdown(f"| {' | '.join(map(shown, values.values()))} |")

    def note(self, text: str) -> None:
        """Print a text below the table, once."""
        notes = self.sections[-1]["notes"]
        if text not in notes:
            notes.append(text)

    def end(self) -> None:
        self._end_section()
        self.around.finish()
        rows = [row for section in self.sections for row in section["rows"]]
        unsteady = sum(row.get("spread %", 0) > 100 * STEADY for row in rows)
        after, others = self.around.load_after, self.around.other_cores
        warnings = []
        if others > QUIET:
            warnings.append(f"other processes used {others:.2f} cores")
        if unsteady:
            warnings.append(f"{unsteady} of {len(rows)} rows have a spread above {STEADY:.0%}")
        self._markdown(f"Load after {after:.2f}; other processes used {others:.2f} cores meanwhile.")
        if warnings:
            self._markdown(f"\n**Noisy: {'; '.join(warnings)}.** Ratios may be off; repeat it on an idle machine.")
        if self.style == "json":
            report = {"surroundings": asdict(self.around), "sections": self.sections, "warnings": warnings}
            click.echo(json.dumps(report, indent=2, ensure_ascii=False))

    def _end_section(self) -> None:
        if self.sections:
            self._markdown("".join(f"\n{note}\n" for note in self.sections[-1]["notes"]))

    def _markdown(self, text: str) -> None:
        if self.style == "markdown":
            click.echo(text)


def shown(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def ratio(slow: float | None, fast: float | None) -> float | None:
    return slow / fast if slow is not None and fast else None


# ------------------------------------------------------------------------------------------------------- options


class Numbers(click.ParamType):
    name = "n,n,…"

    def __init__(self, least: int = 1, **words: int) -> None:
        self.least, self.words = least, words

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[int, ...]:
        if isinstance(value, tuple):
            return value
        texts = [text.strip() for text in value.split(",")]
        try:
            numbers = tuple(self.words[text] if text in self.words else int(text) for text in texts)
        except ValueError:
            self.fail(f"{value!r} is not a list of whole numbers such as 1,256", param, ctx)
        if min(numbers) < self.least:
            self.fail(f"{min(numbers)} is below {self.least}", param, ctx)
        return numbers


def options(items: str, bits: str, batch: str, repeats: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Add the options that the scripts have in common, with these defaults."""
    cores = usable_cores()
    shared = [
        click.option("--items", type=Numbers(), default=items, show_default=True, help="Sizes of the catalogue."),
        click.option("--bits", type=Numbers(8), default=bits, show_default=True, help="Bits, and dimensions."),
        click.option("--batch", type=Numbers(), default=batch, show_default=True, help="Queries of one call."),
        click.option("--k", type=click.IntRange(1), default=100, show_default=True, help="Items to find."),
        click.option(
            "--threads", type=Numbers(1, all=cores), default="1", show_default=True, help=f"Such as 1,all ({cores})."
        ),
        click.option("--repeats", type=click.IntRange(1), default=repeats, show_default=True, help="Turns of each."),
        click.option("--format", "style", type=click.Choice(["markdown", "json"]), default="markdown"),
    ]

    def decorated(command: Callable[..., None]) -> Callable[..., None]:
        for option in reversed(shared):
            command = option(command)
        return command

    return decorated
