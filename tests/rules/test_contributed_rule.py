"""The rule that CONTRIBUTING.md shows is a rule as it stands there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from onnx import TensorProto, helper

from costscope.pipeline import analyze
from costscope.rules import RULES, inspect

TEXT = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text(encoding="utf-8")
CODE = re.search(r"```python\n(# analyzer/costscope/rules/.*?)```", TEXT, re.DOTALL)


@pytest.fixture
def _contributed():
    assert CODE is not None
    RULES.keys()  # the shipped ones first
    exec(compile(CODE[1], "CONTRIBUTING.md", "exec"), {"__name__": "contributed"})
    yield
    RULES._entries.pop("S9")


def doubled(activations: int) -> bytes:
    nodes = [
        helper.make_node("Relu", [f"x{i}"], [f"x{i + 1}"], f"relu{i}") for i in range(activations)
    ]
    tensors = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 64, 56, 56])
        for name in ("x0", f"x{activations}")
    ]
    graph = helper.make_graph(nodes, "net", tensors[:1], tensors[1:])
    return helper.make_model(graph).SerializeToString()


@pytest.mark.usefixtures("_contributed")
def test_it_finds_what_it_says_and_the_saving_is_true():
    # tflite's converter would leave the second one out by itself.
    options = {"runtime": "none", "time_model": "roofline"}
    two, one = (analyze(doubled(number), "pixel6", **options) for number in (2, 1))

    (finding,) = inspect(two, {"S9"}).findings or ()

    assert finding.nodes == ("relu0", "relu1")
    difference = two.first.prediction.latency_s - one.first.prediction.latency_s
    assert finding.saving_s == pytest.approx(difference)
    assert inspect(one, {"S9"}).findings == ()
