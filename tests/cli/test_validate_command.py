"""`costscope validate`, with made-up results in place of a measurement."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "accuracy"))
from accuracy_cases import BROKEN, NETWORKS, accuracy, network

from costscope.accuracy.record import from_record
from costscope.cli.bar import time_left
from costscope.hardware.catalog import load
from costscope.hardware.types import Fitted

RESULT = accuracy(*NETWORKS)


@pytest.fixture
def calls(monkeypatch):
    """What `validate` was called with; it answers with RESULT."""
    seen = []
    fitted = Fitted(runtime="onnxruntime", version="1.31.1", threads=1, classes={})
    host = replace(load("pixel6"), name="host", fitted=(fitted,))
    plain = load("pixel6")

    def answer(models, hardware, **settings):
        seen.append({"models": [each.model for each in models], "hw": hardware.name, **settings})
        return RESULT

    monkeypatch.setattr("costscope.accuracy.run.validate", answer)
    monkeypatch.setattr("costscope.api.machine", lambda name: host if name == "host" else plain)
    return seen


def answered(monkeypatch, result):
    monkeypatch.setattr("costscope.accuracy.run.validate", lambda *_a, **_k: result)


@pytest.mark.usefixtures("calls")
def test_the_table_has_figures_noise_baselines_and_networks(run):
    result = run("validate", "zoo:mobilenet_v2")

    assert result.code == 0
    for words in (
        "MAPE",
        "noise: measured twice",
        "MACs x constant",
        "two-number roofline",
        "By measured latency",
        "Kernels by kind",
        "lcnet_050",
        "Apart from the figures",
        "refused by the runtime",
        "intervals: 3 of 5",
    ):
        assert words in result.out
    assert result.err == ""
    assert "\x1b" not in result.out


def test_flags_arrive(run, calls, mobilenet_v2):
    run(
        *("validate", mobilenet_v2, "zoo:resnet", "--threads", 1, "--optimization", "extended"),
        *("--time-limit", "2 s", "--seed", 3, "--once", "--dim", "batch=1"),
    )

    (call,) = calls
    assert call["models"] == [str(mobilenet_v2), "zoo:resnet"]
    assert call["hw"] == "host"
    assert (call["threads"], call["optimization"], call["time_limit_s"]) == (1, "extended", 2.0)
    assert (call["seed"], call["retest"], call["dims"]) == (3, False, {"batch": 1})


@pytest.mark.usefixtures("calls")
def test_top_shortens_the_list_of_networks_and_says_so(run):
    result = run("validate", "zoo:resnet", "--top", 2)

    assert "2 of 5 (--top 0 shows all)" in result.out
    assert "vgg16" in result.out
    assert "resnet50" not in result.out
    assert "resnet50" in run("validate", "zoo:resnet", "--top", 0).out


@pytest.mark.usefixtures("calls")
def test_json_comes_back_and_has_the_summary(run):
    result = run("validate", "zoo:resnet", "--format", "json")

    content = json.loads(result.out)
    assert from_record(content).hardware == "my_host"
    assert content["summary"]["scored"] == 5
    assert content["summary"]["predicted"]["figures"]["count"] == 5
    assert content["summary"]["coverage"]["inside"] == 3


@pytest.mark.usefixtures("calls")
def test_the_suffix_of_the_output_is_its_format(run, tmp_path):
    for suffix, begins in ((".md", "# Accuracy"), (".json", "{"), (".txt", "my_host,")):
        path = tmp_path / f"out{suffix}"
        assert run("validate", "zoo:resnet", "-o", path).out == ""
        assert path.read_text(encoding="utf-8").startswith(begins)


@pytest.mark.usefixtures("calls")
def test_the_plot_is_drawn(run, tmp_path):
    path = tmp_path / "accuracy.png"

    assert run("validate", "zoo:resnet", "--plot", path).code == 0
    assert path.read_bytes().startswith(b"\x89PNG")


@pytest.mark.usefixtures("calls")
def test_a_broken_bound_is_exit_code_1_after_the_report(run, monkeypatch):
    answered(monkeypatch, accuracy(network("a", 1.0, 1.1), network("b", 1.0, 1.1)))

    assert run("validate", "zoo:resnet", "--max-mape", "10.1%").code == 0
    assert run("validate", "zoo:resnet", "--max-mape", "0.2").code == 0
    broken = run("validate", "zoo:resnet", "--max-mape", "5 %")
    assert broken.code == 1
    assert "Whole networks" in broken.out
    assert broken.err == "the mean error is 10.0 %, above 5 %\n"


@pytest.mark.usefixtures("calls")
def test_no_figure_at_all_is_exit_code_1(run, monkeypatch):
    answered(monkeypatch, accuracy(BROKEN))

    result = run("validate", "zoo:resnet")

    assert result.code == 1
    assert "refused by the runtime" in result.out
    assert len(result.err.splitlines()) == 1


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["zoo:resnet", "--hw", "pixel6"], "costscope calibrate"),
        (["zoo:resnet", "--threads", "2"], "costscope calibrate --threads 2"),
        (["zoo:resnet", "--max-mape", "ten"], "--max-mape ten"),
        (["zoo:resnet", "--max-mape", "10"], "10%"),
        (["zoo:resnet", "--max-mape", "-1%"], "--max-mape -1%"),
        (["zoo:resnet", "--max-mape", "nan"], "--max-mape nan"),
        (["zoo:resnet", "--time-limit", "soon"], "--time-limit"),
        (["zoo:resnet", "--plot", "a.txt"], "--plot a.txt"),
        (["zoo:nosuchnet"], "nosuchnet"),
        (["nowhere/*.onnx"], "nowhere/*.onnx"),
        (["zoo:resnet", "--dim", "batch"], "--dim batch"),
    ],
)
def test_mistakes_are_one_line_and_nothing_runs(run, calls, flags, said):
    result = run("validate", *flags)

    assert result.code in (2, 3)
    assert result.out == ""
    assert len(result.err.splitlines()) == 1
    assert said in result.err
    assert calls == []


def test_time_left():
    assert time_left(125.4) == "2:05 left"
    assert time_left(0.0) == "0:00 left"
    assert time_left(None) == ""
