"""What the README shows is what a reader gets."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from pathlib import Path

import pytest

from costscope.api import this_computer
from costscope.calibrate.effort import EFFORTS
from costscope.hardware.host import save_host
from fitted_cases import machine

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = sorted(set(re.findall(r"^costscope .*$", README, re.MULTILINE)))
# What runs models is kept short here; whether it is right is the matter of other tests.
SHORT = {
    "calibrate": ["--force"],
    "measure": ["--time-limit", "1 s"],
    "validate": ["--time-limit", "1 s"],
    "experiment": ["--predict-only"],
}
CONFIG = next(part for part in README.split("```toml\n")[1:]).split("```")[0]
MEASUREMENTS = "model,latency_ms,threads\nzoo:mobilenet_v2,52.1,1\nsqueezenet,49.3,1\n"
BENCHNCNN = """loop_count = 4
num_threads = 1
powersave = 0
gpu_device = -1
cooling_down = 1
          squeezenet  min =   48.10  max =   50.52  avg =   49.33
"""


@pytest.fixture
def folder(tmp_path, monkeypatch, mobilenet_v2):
    """A folder with the files that the README's commands name."""
    (tmp_path / "model.onnx").write_bytes(mobilenet_v2.read_bytes())
    monkeypatch.setenv("COSTSCOPE_DATA", str(tmp_path / "data"))
    monkeypatch.setitem(EFFORTS, "default", replace(EFFORTS["default"], budget_s=5.0))
    board = ROOT / "hardware_profiles" / "raspberry_pi_4b.yaml"
    (tmp_path / "my_board.yaml").write_bytes(board.read_bytes())
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.onnx").write_bytes(mobilenet_v2.read_bytes())
    (tmp_path / "measurements.csv").write_text(MEASUREMENTS, encoding="utf-8")
    (tmp_path / "benchncnn.txt").write_text(BENCHNCNN, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("folder")
def test_the_report_is_the_one_shown(run):
    shown = README.split("`make demo` prints:\n\n```\n")[1].split("\n```\n")[0]

    result = run("analyze", "zoo:mobilenet_v2", "--hw", "pixel6", "--as-dtype", "int8")

    assert [line.rstrip() for line in result.out.strip().splitlines()] == shown.splitlines()


def test_make_demo_is_that_command():
    assert "analyze zoo:mobilenet_v2 --hw pixel6 --as-dtype int8" in (ROOT / "Makefile").read_text(
        encoding="utf-8"
    )


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_runs(run, command):
    arguments = shlex.split(command.split("#")[0])[1:]
    # MobileNetV2 has one open dimension, the batch.
    while "sequence=128" in arguments:
        place = arguments.index("sequence=128")
        del arguments[place - 1 : place + 1]
    if arguments == ["check"]:
        Path("costscope.toml").write_text(CONFIG, encoding="utf-8")
    if "costscope-baseline.json" in arguments and arguments[0] == "check":
        run("baseline", "write", "model.onnx", "--hw", "pixel6", "-o", "costscope-baseline.json")
    if "host" in arguments:
        save_host(machine(name="host", identity=this_computer()))

    result = run(*arguments, *SHORT.get(arguments[0], []))

    # The machine that stands for `host` here knows no kernels: it cannot be validated.
    good = (1,) if arguments[0] == "validate" else (0,)
    assert result.code in good, result.err


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("code", README.split("```python\n")[1:], ids=["analyze", "measure"])
def test_the_python_examples_run(code):
    exec(compile(code.split("```")[0], "README.md", "exec"), {})


def test_no_command_of_the_program_is_left_out():
    of_hw = ("hw list", "hw show", "hw compare", "hw validate")
    of_zoo = ("zoo list", "zoo show", "zoo build", "zoo verify")
    of_this_machine = ("measure", "calibrate", "validate", "experiment")
    of_others = ("fit", "fit suggest", "import", "rank", "sweep-ridge")
    of_change = ("explain", "compare", "check", "baseline write")
    for name in ("analyze", *of_hw, *of_change, *of_zoo, *of_this_machine, *of_others, "schema"):
        assert f"costscope {name}" in README
