"""Options of a training, in objects, records and commands."""

import pytest

from hashbench.errors import BadParameter
from hashbench.training.options import TrainingOptions

from ..cli.process import TINY, hashbench

RUN = ["run", "--encoder", "sage:dim=16", "--head", "guided_ste:bits=16", "--dataset", TINY, "--k", "5"]


@pytest.mark.parametrize(("text", "numbers"), [("all", ()), ("10", (10,)), ("10x5", (10, 5))])
def test_fan_outs_as_numbers(text, numbers):
    assert TrainingOptions(fan_outs=text).sampled == numbers


def test_sampled_neighbours_are_summed_in_float32():
    with pytest.raises(BadParameter, match="fan_outs goes with precision float32, got bfloat16"):
        TrainingOptions(fan_outs="5", precision="bfloat16")


def test_a_run_has_it_in_its_record_and_command(tmp_path):
    ended = hashbench(*RUN, "--fan-outs", "5x3", "--epochs", "2", "--out", tmp_path, "--format", "json")
    assert ended.returncode == 0, ended.stderr
    assert '"fan_outs": "5x3"' in ended.stdout
    assert "--fan-outs 5x3" in ended.stdout


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--fan-outs", "5x"], "fan_outs"),
        (["--fan-outs", "0"], "fan_outs"),
        (["--fan-outs", "5x3x2"], "fan_outs has 3 numbers, but the encoder 2 propagations; give one for each"),
        (["--fan-outs", "5", "--precision", "bfloat16"], "fan_outs goes with precision float32, got bfloat16"),
    ],
)
def test_what_does_not_fit_is_said_in_a_line(tmp_path, given, said):
    ended = hashbench(*RUN, *given, "--out", tmp_path)
    assert ended.returncode == 2
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not list(tmp_path.glob("*.json"))
