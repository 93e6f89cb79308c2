"""The program's edges: help, version, flags that do not exist, and its own faults."""

from __future__ import annotations

import subprocess
import sys

import pytest

import costscope


@pytest.mark.parametrize("flags", [[], ["--help"], ["-h"], ["analyze", "-h"], ["hw", "--help"]])
def test_help(run, flags):
    result = run(*flags)

    assert result.code == 0
    assert "Usage" in result.out + result.err


def test_help_has_examples(run):
    for command in (["analyze"], ["hw", "list"], ["hw", "show"], ["hw", "validate"], ["schema"]):
        assert "costscope " + " ".join(command) in run(*command, "--help").out


def test_version(run):
    assert run("--version").out == f"costscope {costscope.__version__}\n"


@pytest.mark.parametrize(
    "flags",
    [
        ["analyze"],
        ["analyze", "m.onnx", "--nope"],
        ["analyze", "m.onnx", "--top", "many"],
        ["analyze", "m.onnx", "--top", "-1"],
        ["nonsense"],
        ["hw", "show"],
    ],
    ids=" ".join,
)
def test_flags_that_the_parser_refuses_are_one_line_too(run, flags):
    result = run(*flags)

    assert result.code == 2
    assert result.out == ""
    assert len(result.err.splitlines()) == 1
    assert result.err.startswith("costscope: error: ")


def test_a_fault_of_our_own_is_one_line_and_says_how_to_see_more(run, monkeypatch, mobilenet_v2):
    def broken(*_args, **_more):
        raise RuntimeError("first line\nsecond line")

    monkeypatch.setattr("costscope.pipeline.analyze", broken)

    result = run("analyze", mobilenet_v2)

    assert result.code == 3
    assert result.err.splitlines() == [
        "costscope: error: internal error, please report it: RuntimeError: first line "
        "(COSTSCOPE_DEBUG=1 shows where)"
    ]


def test_an_interrupt_leaves_quietly(run, monkeypatch, mobilenet_v2):
    def interrupted(*_args, **_more):
        raise KeyboardInterrupt

    monkeypatch.setattr("costscope.pipeline.analyze", interrupted)

    result = run("analyze", mobilenet_v2)

    assert result.code == 130
    assert "Traceback" not in result.err


def test_a_reader_that_stops_reading_is_no_fault(mobilenet_v2):
    command = f"{sys.executable} -m costscope analyze {mobilenet_v2} --format json | head -c 10"

    ran = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)

    assert "Traceback" not in ran.stderr
    assert "error" not in ran.stderr


def test_output_to_a_file_follows_its_suffix(run, mobilenet_v2, tmp_path):
    for suffix, begin in ((".json", "{"), (".csv", "order,"), (".md", "#"), (".txt", "mobilenet")):
        path = tmp_path / f"report{suffix}"
        assert run("analyze", mobilenet_v2, "-o", path).code == 0
        assert path.read_text(encoding="utf-8").startswith(begin)
    assert len(list(tmp_path.iterdir())) == 4
