import json

import pytest

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


def test_a_plugin_of_a_foreign_package_is_listed_described_run_and_compared(site, tmp_path):
    site.install("good", GOOD)
    assert "other_lsh" in site.hashbench("list", "heads").stdout
    described = site.hashbench("describe", "other_lsh").stdout
    assert "from good 1.2" in described
    assert "of no use" in described
    out = tmp_path / "results"
    ran = site.hashbench(
        *["run", "--encoder", "mf:dim=8", "--head", "other_lsh:bits=16,tries=2", "--epochs", "1", "--k", "5"],
        *["--dataset", "synthetic:users=60,items=50,interactions=900", "--out", str(out), "--format", "json"],
    )
    records = json.loads(ran.stdout)
    assert [record["head"] for record in records] == ["other_lsh"] * 3
    assert records[0]["versions"]["plugins"] == {"good": "1.2"}
    assert records[0]["spec"]["head"] == "other_lsh:bits=16,tries=2"
    assert "other_lsh" in site.hashbench("compare", str(out)).stdout


def test_without_its_package_the_head_is_unknown(site):
    ended = site.hashbench(*["run", "--encoder", "mf", "--head", "other_lsh", "--dataset", "synthetic"])
    assert ended.returncode == 2
    assert (
        ended.stderr == "Error: There is no hash head called 'other_lsh'. Did you mean 'lsh'? (hashbench list heads)\n"
    )


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_plugin_is_reported_and_the_rest_works(site, name):
    code, reason = BROKEN[name]
    site.install(name, code)
    site.install("good", GOOD)
    listed = site.hashbench("plugins")
    (line,) = [line for line in listed.stdout.splitlines() if line.startswith(name)]
    assert f"left out: {reason}" in line
    heads = site.hashbench("list", "heads")
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


def test_a_plugin_may_add_commands_and_learn_of_records(site, tmp_path):
    site.install(
        "watcher",
        """
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
""",
    )
    assert "greet" in site.hashbench("--help").stdout
    assert site.hashbench("greet").stdout == "good day\n"
    ran = site.hashbench(
        *["run", "--encoder", "mf:dim=8", "--head", "continuous", "--epochs", "1", "--k", "5"],
        *("--dataset", "synthetic:users=60,items=50,interactions=900", "--out", str(tmp_path / "results")),
    )
    assert "finished continuous" in ran.stdout


SMALL = ["run", "--encoder", "mf:dim=8", "--head", "continuous", "--epochs", "1", "--k", "5", "--format", "json"]
SMALL += ["--dataset", "synthetic:users=60,items=50,interactions=900"]


def test_a_hook_that_fails_after_a_record_is_said_and_the_record_stands(site, tmp_path):
    code = (
        "from hashbench import hookimpl\n@hookimpl\ndef hashbench_run_finished(record):\n    raise ValueError('boom')\n"
    )
    site.install("fragile", code)
    ran = site.hashbench(*SMALL, "--out", str(tmp_path / "results"))
    assert ran.returncode == 0
    assert "plugin 'fragile' is left out: hashbench_run_finished raised ValueError: boom" in ran.stderr
    assert len(list((tmp_path / "results").glob("*.json"))) == 1


def test_a_metric_that_fails_is_left_out_and_said(site, tmp_path):
    site.install(
        "bad_metric",
        """
from dataclasses import dataclass
from typing import ClassVar
from hashbench import hookimpl

@dataclass(frozen=True)
class Sum:
    name: ClassVar[str] = "sum"
    label: ClassVar[str] = "Sum"
    higher_is_better: ClassVar[bool] = True
    def per_user(self, judged):
        return judged.hits.sum()

@hookimpl
def hashbench_metrics():
    return [Sum]
""",
    )
    ran = site.hashbench(*SMALL, "--out", str(tmp_path / "results"))
    assert "metric 'sum' of bad_metric is left out: ValueError('it must give one value a user')" in ran.stderr
    (record,) = json.loads(ran.stdout)
    assert "hr@5" in record["metrics"]
    assert "sum@5" not in record["metrics"]


def test_a_plugin_may_not_replace_a_command(site):
    code = """
from hashbench import hookimpl

@hookimpl
def hashbench_commands(cli):
    @cli.command()
    def run():
        pass
"""
    site.install("taker", code)
    ended = site.hashbench("list")
    assert ended.returncode == 2
    assert ended.stderr == (
        "Error: Plugin taker replaces the command 'run'. "
        "Uninstall it, or set HASHBENCH_PLUGINS to the plugins you want.\n"
    )


def test_a_wanted_plugin_that_is_not_there(site):
    site.install("good", GOOD)
    ended = site.hashbench("list", HASHBENCH_PLUGINS="god")
    assert ended.returncode == 2
    assert (
        ended.stderr == "Error: HASHBENCH_PLUGINS names 'god', but no installed package has it. Did you mean 'good'?\n"
    )
