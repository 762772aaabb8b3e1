"""Plugins of other packages, found by real processes: good ones, broken ones, and two that clash."""

import json

import pytest

from ..cli.in_process import hashbench

GOOD = """
from dataclasses import dataclass
from typing import Annotated, ClassVar
from pydantic import Field
from hashbench import hookimpl
from hashbench.components.heads.lsh import LSH

@dataclass(frozen=True)
class Other(LSH):
    '''Random hyperplanes once more.'''
    name: ClassVar[str] = "other_lsh"
    tries: Annotated[int, Field(ge=1, description="of no use")] = 1

@hookimpl
def hashbench_hash_heads():
    return [Other]
"""

BROKEN = {
    "missing_import": ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
    "misspelt_hook": (
        "from hashbench import hookimpl\n@hookimpl\ndef hashbench_hash_haeds():\n    return []",
        "PluginValidationError: unknown hook 'hashbench_hash_haeds'",
    ),
    "wrong_signature": (
        "from hashbench import hookimpl\n@hookimpl\ndef hashbench_hash_heads(bits):\n    return []",
        "PluginValidationError: Plugin 'wrong_signature' for hook 'hashbench_hash_heads'",
    ),
    "raises": (
        "from hashbench import hookimpl\n@hookimpl\ndef hashbench_hash_heads():\n    return [1 / 0]",
        "hashbench_hash_heads raised ZeroDivisionError: division by zero",
    ),
    "no_class": (
        "from hashbench import hookimpl\n@hookimpl\ndef hashbench_hash_heads():\n    return ['lsh']",
        "hashbench_hash_heads gave 'lsh', which is not a dataclass",
    ),
    "half_good": (
        GOOD.replace("other_lsh", "half").replace("return [Other]", "return [Other, 3]"),
        "hashbench_hash_heads gave 3, which is not a dataclass",
    ),
    "thawed": (
        GOOD.replace("other_lsh", "thaw").replace("(frozen=True)", "").replace("(LSH)", ""),
        "hashbench_hash_heads gave thawed.Other, which is not frozen: @dataclass(frozen=True)",
    ),
    "neither": (
        GOOD.replace("other_lsh", "neither").replace("(LSH)", ""),
        "hashbench_hash_heads gave neither.Other, which has no emits",
    ),
    "undeclared": (
        GOOD.replace("other_lsh", "undeclared")
        .replace("(LSH)", "")
        .replace("@hookimpl", "    emits = frozenset({'codes'})\n    n_bits = 8\n\n    fit = LSH.fit\n\n@hookimpl"),
        "hashbench_hash_heads gave undeclared.Other, which has no retriever",
    ),
    "exits": ("raise SystemExit('enough')", "SystemExit: enough"),
    "no_hook": ("from hashbench import hookimpl", "it implements no hook of hashbench"),
}


WATCHER = """
import click
from hashbench import hookimpl

@hookimpl
def hashbench_commands(cli):
    @cli.command()
    def greet():
        '''Greet.'''
        click.echo("good day")

@hookimpl
def hashbench_run_finished(record):
    print("finished", record.retriever)
"""

FRAGILE = """
from hashbench import hookimpl

@hookimpl
def hashbench_run_finished(record):
    raise ValueError("boom")
"""

BAD_METRIC = """
from dataclasses import dataclass
from typing import ClassVar
from hashbench import hookimpl

@dataclass(frozen=True)
class Sum:
    name: ClassVar[str] = "sum"
    label: ClassVar[str] = "Sum"
    higher_is_better: ClassVar[bool] = True
    def per_user(self, ranking):
        return ranking.hits.sum()

@hookimpl
def hashbench_metrics():
    return [Sum]
"""

TAKER = """
from hashbench import hookimpl

@hookimpl
def hashbench_commands(cli):
    @cli.command()
    def run():
        pass
"""

SMALL = ["run", "--encoder", "mf:dim=8", "--epochs", "1", "--k", "5"]
SMALL += ["--dataset", "synthetic:users=60,items=50,interactions=900"]


@pytest.fixture(scope="module")
def mixed_site(new_site):
    """Plugins that add a head, a command, a listener, a listener that fails and a metric that fails."""
    site = new_site()
    for name, code in {"good": GOOD, "watcher": WATCHER, "fragile": FRAGILE, "bad_metric": BAD_METRIC}.items():
        site.install(name, code)
    return site


@pytest.fixture(scope="module")
def finished_run(mixed_site):
    """One run with all these plugins; its records are in the folder `results` of the site."""
    out = str(mixed_site.path / "results")
    ended = mixed_site.hashbench(*SMALL, "--head", "other_lsh:bits=16,tries=2", "--out", out)
    assert ended.returncode == 0, ended.stderr
    return ended


@pytest.fixture(scope="module")
def records(mixed_site, finished_run):
    files = sorted((mixed_site.path / "results").glob("*.json"))
    return [json.loads(file.read_text()) for file in files]


def test_a_plugin_of_a_foreign_package_is_listed_and_described(mixed_site):
    assert "other_lsh" in mixed_site.hashbench("list", "heads").stdout
    described = mixed_site.hashbench("describe", "other_lsh").stdout
    assert "from good 1.2" in described
    assert "of no use" in described


def test_a_head_of_a_plugin_is_run_recorded_and_compared(mixed_site, finished_run, records):
    assert [record["head"] for record in records] == ["other_lsh"] * 3
    assert records[0]["versions"]["plugins"] == {"good": "1.2", "bad_metric": "1.2"}
    assert records[0]["spec"]["head"] == "other_lsh:bits=16,tries=2"
    assert "other_lsh" in mixed_site.hashbench("compare", str(mixed_site.path / "results")).stdout


def test_without_its_package_the_head_is_unknown():
    ended = hashbench(*["run", "--encoder", "mf", "--head", "other_lsh", "--dataset", "synthetic"])
    assert ended.returncode == 2
    assert (
        ended.stderr == "Error: There is no hash head called 'other_lsh'. Did you mean 'lsh'? (hashbench list heads)\n"
    )


@pytest.fixture(scope="module")
def broken_site(new_site):
    """All broken plugins beside a good one."""
    site = new_site()
    for name, (code, _) in BROKEN.items():
        site.install(name, code)
    site.install("good", GOOD)
    return site


@pytest.fixture(scope="module")
def listed_plugins(broken_site):
    return broken_site.hashbench("plugins").stdout.splitlines()


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_plugin_is_reported(listed_plugins, name):
    (line,) = [line for line in listed_plugins if line.startswith(name)]
    assert f"left out: {BROKEN[name][1]}" in line


def test_broken_plugins_do_not_harm_the_others(broken_site):
    heads = broken_site.hashbench("list", "heads")
    assert heads.returncode == 0
    assert "other_lsh" in heads.stdout
    assert "guided_ste" in heads.stdout
    assert " half " not in heads.stdout


def test_two_components_of_one_name_are_refused_and_a_variable_settles_it(site):
    site.install("good", GOOD)
    site.install("second", GOOD)
    ended = site.hashbench("list", "heads")
    assert ended.returncode == 2
    assert ended.stderr == (
        "Error: Two hash heads are called 'other_lsh': good.Other and second.Other. "
        "Uninstall one, or set HASHBENCH_PLUGINS to the plugins you want.\n"
    )
    chosen = site.hashbench("list", "heads", HASHBENCH_PLUGINS="second")
    assert chosen.returncode == 0
    assert "other_lsh" in chosen.stdout


def test_a_plugin_may_add_commands(mixed_site):
    assert "greet" in mixed_site.hashbench("--help").stdout
    assert mixed_site.hashbench("greet").stdout == "good day\n"


def test_a_plugin_may_learn_of_records(finished_run):
    assert "finished hamming" in finished_run.stdout


def test_a_hook_that_fails_after_a_record_is_noted_and_the_record_stands(finished_run, records):
    assert finished_run.returncode == 0
    assert "plugin 'fragile' is left out: hashbench_run_finished raised ValueError: boom" in finished_run.stderr
    assert len(records) == 3


def test_a_metric_that_fails_is_left_out_and_noted(finished_run, records):
    expected = "metric 'sum' of bad_metric is left out: ValueError('it must return one value per user')"
    assert expected in finished_run.stderr
    assert all("hr@5" in record["metrics"] for record in records)
    assert all("sum@5" not in record["metrics"] for record in records)


def test_a_plugin_may_not_replace_a_command(site):
    site.install("taker", TAKER)
    ended = site.hashbench("list")
    assert ended.returncode == 2
    assert ended.stderr == (
        "Error: Plugin taker replaces the command 'run'. "
        "Uninstall it, or set HASHBENCH_PLUGINS to the plugins you want.\n"
    )


def test_a_selected_plugin_that_is_not_installed(site):
    site.install("good", GOOD)
    ended = site.hashbench("list", HASHBENCH_PLUGINS="god")
    assert ended.returncode == 2
    assert (
        ended.stderr == "Error: HASHBENCH_PLUGINS names 'god', but no installed package has it. Did you mean 'good'?\n"
    )
