"""What the README shows is what a reader gets."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = sorted(set(re.findall(r"^costscope .*$", README, re.MULTILINE)))


@pytest.fixture
def folder(tmp_path, monkeypatch, mobilenet_v2):
    """A folder with the files that the README's commands name."""
    (tmp_path / "model.onnx").write_bytes(mobilenet_v2.read_bytes())
    board = ROOT / "hardware_profiles" / "raspberry_pi_4b.yaml"
    (tmp_path / "my_board.yaml").write_bytes(board.read_bytes())
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

    result = run(*arguments)

    assert result.code == 0, result.err


@pytest.mark.usefixtures("folder")
def test_the_python_example_runs():
    code = README.split("```python\n")[1].split("```")[0]

    exec(compile(code, "README.md", "exec"), {})


def test_no_command_of_the_program_is_left_out():
    of_hw = ("hw list", "hw show", "hw validate")
    of_zoo = ("zoo list", "zoo show", "zoo build", "zoo verify")
    for name in ("analyze", *of_hw, *of_zoo, "schema"):
        assert f"costscope {name}" in README
