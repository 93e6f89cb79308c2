"""What every rule promises, whatever it is about: the shipped ones and those to come."""

from __future__ import annotations

import re
from dataclasses import replace
from math import isfinite

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper

from costscope.analysis.types import Analysis, Finding, Severity
from costscope.dtypes import FLOAT32
from costscope.graph.types import Graph, Node, Tensor
from costscope.pipeline import analyze
from costscope.rules import LEAST_SAVING_RATIO, RULES, Found, Rule, inspect
from costscope.whatif.case import Case, Saving
from one_node import OneNode, ints, ramp
from written import model

HEADINGS = ["What it finds", "Why it costs", "Example", "How to fix", "Thresholds", "Source"]
RULE_ITEMS = list(RULES.items())
EVERY = pytest.mark.parametrize(("code", "rule"), RULE_ITEMS, ids=[code for code, _ in RULE_ITEMS])
UNITS = ("bytes", "s", "ratio", "hz", "s_per", "per_s")

# Networks with something to find for most rules, and machines of different classes.
NETWORKS = [
    ("zoo:mobilenet_v2", "pixel6", {}),
    ("zoo:mobilenet_v3_small", "coral_edgetpu", {"as_dtype": "int8"}),
    ("zoo:shufflenet_v1@1.0x-g8", "raspberry_pi_4b", {}),
    ("zoo:efficientnet", "pixel4_hexagon", {"as_dtype": "int8"}),
    ("zoo:squeezenet", None, {}),
    ("zoo:mlperf_tiny_kws", "stm32h743", {"as_dtype": "int8"}),
    ("zoo:vit", "adreno_640", {}),
    ("zoo:vgg_cifar", "coral_edgetpu", {"as_dtype": "int8"}),
]
KEYS = [f"{source} {hardware}" for source, hardware, _ in NETWORKS]


@pytest.fixture(scope="module", params=NETWORKS, ids=KEYS)
def analysis(request: pytest.FixtureRequest) -> Analysis:
    source, hardware, options = request.param
    return analyze(source, hardware, **options)


def findings(analysis: Analysis, code: str | None = None) -> tuple[Finding, ...]:
    return inspect(analysis, None if code is None else {code}).findings or ()


def test_there_are_rules():
    assert {"G1"} <= set(RULES.keys())


def test_names_are_unique():
    names = [rule.name for _, rule in RULES.items()]

    assert len(set(names)) == len(names)


@EVERY
def test_the_code_is_a_letter_and_a_number(code: str, rule: Rule):
    assert re.fullmatch(r"[A-Z][1-9]\d?", code)
    assert rule.code == code
    assert isinstance(rule.severity, Severity)
    assert rule.name == rule.name.strip().rstrip(".")
    assert rule.name[0].islower() or rule.name.split()[0].isupper()


@EVERY
def test_the_documentation_has_its_headings_in_order(code: str, rule: Rule):
    headings = re.findall(r"^([A-Z][A-Za-z ]*):$", rule.text, re.MULTILINE)

    assert headings == HEADINGS, code
    for heading in HEADINGS:
        below = rule.text.split(f"{heading}:\n", maxsplit=1)[1].splitlines()[0]
        assert re.match(r"    \S", below), f"nothing under {heading}"


@EVERY
def test_the_first_line_is_one_sentence(code: str, rule: Rule):
    assert rule.text.splitlines()[0] == rule.summary, code
    assert rule.summary.endswith(".")
    assert rule.summary[0].isupper()
    assert not re.search(r"[.!?] [A-Z]", rule.summary)


@EVERY
def test_a_file_is_called_after_its_code(code: str, rule: Rule):
    module = rule.look.__module__
    if module.startswith("costscope.rules."):
        assert module.split(".")[-1].startswith(f"{code.lower()}_")


def test_findings_say_what_where_and_what_to_do(analysis: Analysis):
    for found in findings(analysis):
        assert found.subject or found.nodes, found
        assert found.message
        assert found.message == found.message.strip()
        assert found.change, found
        assert "\n" not in found.message + found.change + found.subject


def test_nodes_are_those_of_the_graph(analysis: Analysis):
    names = {node.name for node in (*analysis.graph.nodes, *analysis.graph.aside)}

    for found in findings(analysis):
        assert set(found.nodes) <= names, found
        assert len(set(found.nodes)) == len(found.nodes), found


def test_evidence_is_finite_numbers_under_plain_names(analysis: Analysis):
    for found in findings(analysis):
        for name, number in found.evidence.items():
            assert re.fullmatch(r"[a-z][a-z0-9_]*", name), (found.rule, name)
            assert isinstance(number, (int, float)), (found.rule, name)
            assert isfinite(number), (found.rule, name)
            assert not name.endswith(("_ms", "_us", "_mb", "_kb", "_mib", "_percent")), name


def test_savings_are_finite_and_agree_with_each_other(analysis: Analysis):
    prediction = analysis.first.prediction
    total_s = prediction.latency_s if prediction else None
    for found in findings(analysis):
        numbers = (found.saving_s, found.saving_ratio, found.saving_bytes)
        assert all(number is None or isfinite(number) for number in numbers), found
        assert (found.saving_s is None) == (found.saving_ratio is None), found
        if found.saving_s is not None:
            assert total_s
            assert found.saving_ratio == pytest.approx(found.saving_s / total_s)
            assert found.saving_ratio <= 1
        if analysis.first.hardware is None:
            assert found.saving_s is None


def test_findings_are_of_their_machine(analysis: Analysis):
    hardware = analysis.first.hardware

    assert {f.hardware for f in findings(analysis)} <= {hardware.name if hardware else ""}


def test_two_looks_find_the_same(analysis: Analysis):
    assert findings(analysis) == findings(analysis)


def test_a_rule_finds_alone_what_it_finds_among_others(analysis: Analysis):
    together = findings(analysis)

    for code in RULES.keys():  # noqa: SIM118 - a registry is no mapping
        alone = findings(analysis, code)
        assert sorted(map(str, alone)) == sorted(str(f) for f in together if f.rule == code)


def test_what_does_not_run_comes_first_then_the_greatest_saving(analysis: Analysis):
    found = findings(analysis)

    errors = [f.severity is Severity.ERROR for f in found]
    assert errors == sorted(errors, reverse=True)
    for group in (True, False):
        times = [f.saving_s or 0.0 for f in found if (f.severity is Severity.ERROR) is group]
        assert times == sorted(times, reverse=True)


def test_a_warning_without_a_saving_worth_it_is_a_note(analysis: Analysis):
    for found in findings(analysis):
        if found.severity is Severity.WARNING and found.saving_ratio is not None:
            assert found.saving_ratio >= LEAST_SAVING_RATIO


def rule_of(*found: Found, severity: Severity = Severity.WARNING) -> Rule:
    return Rule(code="Z9", name="test", severity=severity, text="Test.", look=lambda _: iter(found))


def saving(ratio: float | None, traffic_bytes: int = 0) -> Saving:
    return Saving(latency_s=ratio, latency_ratio=ratio, traffic_bytes=traffic_bytes, macs=0)


def given_by(monkeypatch: pytest.MonkeyPatch, *rules: Rule) -> list[Finding]:
    monkeypatch.setattr(
        type(RULES), "items", lambda _: [(f"{r.code}{i}", r) for i, r in enumerate(rules)]
    )
    return list(inspect(analyze("zoo:mlperf_tiny_kws", "pixel6")).findings or ())


def test_the_order_by_hand(monkeypatch: pytest.MonkeyPatch):
    told = [
        Found(subject="little", message="m", change="c", saving=saving(0.01)),
        Found(subject="bytes", message="m", change="c", saving=saving(None, 10)),
        Found(subject="note", message="m", change="c", severity=Severity.NOTE),
        Found(subject="none", message="m", change="c"),
        Found(subject="loss", message="m", change="c", saving=saving(-0.2)),
        Found(subject="much", message="m", change="c", saving=saving(0.5)),
        Found(subject="error", message="m", change="c", severity=Severity.ERROR),
        Found(subject="dear error", message="m", change="c", severity=Severity.ERROR,
              saving=saving(0.1)),
    ]  # fmt: skip

    found = given_by(monkeypatch, rule_of(*told))

    subjects = [f.subject for f in found]
    assert subjects == [
        "dear error", "error", "much", "little", "bytes", "none", "note", "loss",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("severity", "ratio", "expected"),
    [
        (Severity.WARNING, 0.5, Severity.WARNING),
        (Severity.WARNING, LEAST_SAVING_RATIO, Severity.WARNING),
        (Severity.WARNING, 0.0009, Severity.NOTE),
        (Severity.WARNING, -0.5, Severity.NOTE),
        (Severity.WARNING, None, Severity.WARNING),
        (Severity.ERROR, 0.0, Severity.ERROR),
        (Severity.NOTE, 0.9, Severity.NOTE),
    ],
)
def test_severity_by_hand(monkeypatch, severity, ratio, expected):
    told = Found(subject="s", message="m", change="c", saving=saving(ratio))

    (found,) = given_by(monkeypatch, rule_of(told, severity=severity))

    assert found.severity is expected


# Hostile: what no rule was thought for.

FLOAT = TensorProto.FLOAT


def proto(nodes, inputs, outputs, initializers=(), opset=18):
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info(name, FLOAT, shape) for name, shape in inputs.items()],
        [helper.make_empty_tensor_value_info(name) for name in outputs],
        list(initializers),
    )
    opsets = [helper.make_opsetid("", opset), helper.make_opsetid("far.away", 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8)


def weight(name, *shape):
    return helper.make_tensor(name, FLOAT, shape, np.ones(shape, np.float32).tobytes(), raw=True)


def branching():
    body = {
        name: helper.make_graph(
            [helper.make_node("Conv", ["x", "w"], [f"{name}_y"])],
            name,
            [],
            [helper.make_tensor_value_info(f"{name}_y", FLOAT, None)],
        )
        for name in ("then_branch", "else_branch")
    }
    nodes = [
        helper.make_node("ReduceMax", ["x"], ["most"], keepdims=0),
        helper.make_node("Cast", ["most"], ["c"], to=TensorProto.BOOL),
        helper.make_node("If", ["c"], ["y"], **body),
        helper.make_node("Mul", ["y", "y"], ["z"]),
    ]
    return proto(nodes, {"x": [1, 4, 8, 8]}, ["z"], [weight("w", 4, 4, 1, 1)])


def looping():
    body = helper.make_graph(
        [
            helper.make_node("Conv", ["a", "w"], ["b"]),
            helper.make_node("HardSwish", ["b"], ["a_out"]),
            helper.make_node("Identity", ["go"], ["go_out"]),
        ],
        "body",
        [
            helper.make_tensor_value_info("i", TensorProto.INT64, []),
            helper.make_tensor_value_info("go", TensorProto.BOOL, []),
            helper.make_tensor_value_info("a", FLOAT, [1, 4, 8, 8]),
        ],
        [
            helper.make_tensor_value_info("go_out", TensorProto.BOOL, []),
            helper.make_tensor_value_info("a_out", FLOAT, [1, 4, 8, 8]),
        ],
    )
    trips = helper.make_tensor("trips", TensorProto.INT64, [], [3])
    nodes = [helper.make_node("Loop", ["trips", "", "x"], ["y"], body=body)]
    return proto(nodes, {"x": [1, 4, 8, 8]}, ["y"], [weight("w", 4, 4, 1, 1), trips])


def named(name: str):
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["a"], name=name),
        helper.make_node("HardSigmoid", ["a"], ["b"], name=name and f"{name}2"),
        helper.make_node("Mul", ["a", "b"], ["c"]),
        helper.make_node("Identity", ["c"], [name or "y"]),
    ]
    return proto(nodes, {"x": [1, 48, 9, 9]}, [name or "y"], [weight("w", 8, 48, 1, 1)])


HOSTILE = {
    "nothing": Graph("g", (), (), (), {}, {"": 18}),
    "branches": branching(),
    "a loop": looping(),
    "an operator nobody knows": proto(
        [
            helper.make_node("Guess", ["x"], ["a"], domain="far.away"),
            helper.make_node("Conv", ["a", "w"], ["b"]),
            helper.make_node("Sigmoid", ["b"], ["c"]),
            helper.make_node("Mul", ["b", "c"], ["y"]),
        ],
        {"x": [1, 4, 8, 8]},
        ["y"],
        [weight("w", 8, 4, 1, 1)],
    ),
    "no elements": model("t0 = Slice(x, i0, i0, i0) t1 = Conv(t0, w) y = Sigmoid(t1)"),
    "scalars": proto(
        [
            helper.make_node("Sigmoid", ["x"], ["a"]),
            helper.make_node("Mul", ["a", "x"], ["y"]),
        ],
        {"x": []},
        ["y"],
    ),
    "no names": named(""),
    "a name of control signs": named("\x1b[31m</script>\u202e|`*\n\r\0"[:-1]),
    "a long name": named("n" * 100_000),
    "one dimension": model("t1 = Conv(x, w1) y = Relu(t1)".replace("w1", "k"), "float[1,2,9] x, "
                           "float[6,2,1] k"),
    "weights that are computed": model("t1 = Conv(x, k) y = Relu(t1)", "float[1,48,9,9] x, "
                                       "float[8,48,1,1] k"),
    "nobody reads it": model("t1 = Conv(x, w) t2 = Sigmoid(t1) y = Relu(x)"),
    "the same twice": model("t1 = Conv(x, w) t2 = Conv(x, w) y = Add(t1, t2)"),
    "it reads itself twice": model("t1 = Relu(x) y = Mul(t1, t1)"),
    "every result leaves": model("y = Conv(x, w) z = Sigmoid(y)", outputs="float[] y, float[] z"),
    "old attributes": model("t1 = Conv(x, w) y = Clip <min = 0.0, max = 6.0> (t1)", opset=6),
    "left out inputs": model("t1 = Conv(x, w) y = Clip(t1, , six)"),
    "quantized": model("t1 = QuantizeLinear(x, s, zp) y = DequantizeLinear(t1, s, zp)"),
}  # fmt: skip
HARDWARE = [
    (None, {}),
    ("pixel6", {}),
    ("raspberry_pi_4b", {}),
    ("coral_edgetpu", {"as_dtype": "int8"}),
    ("pixel4_hexagon", {}),
    ("stm32h743", {"as_dtype": "int8"}),
    ("adreno_640", {"time_model": "roofline"}),
]


def is_sound(analysis: Analysis) -> None:
    found = findings(analysis)
    assert found == findings(analysis)
    for each in found:
        assert each.message
        assert each.change
        assert all(isfinite(number) for number in each.evidence.values()), each
        assert each.saving_s is None or isfinite(each.saving_s), each


@pytest.mark.parametrize("name", HOSTILE)
def test_no_rule_stumbles_over_strange_graphs(name: str):
    for hardware, options in HARDWARE:
        is_sound(analyze(HOSTILE[name], hardware, **options))


@pytest.mark.parametrize(
    "one",
    [
        OneNode("Conv", ramp(1, 16, 7, 7), ramp(17, 16, 1, 1)),
        OneNode("ConvTranspose", ramp(1, 4, 7, 7), ramp(4, 8, 3, 3)),
        OneNode("Gemm", ramp(1, 64), ramp(64, 8)),
        OneNode("MatMul", ramp(4), ramp(4)),
        OneNode("Transpose", ramp(2, 3, 4), perm=[2, 0, 1]),
        OneNode("Reshape", ramp(2, 3), ints(3, 2)),
        OneNode("BatchNormalization", ramp(1, 2, 3), *[ramp(2)] * 4),
        OneNode("Softmax", ramp(2, 3)),
        OneNode("Split", ramp(4, 3), ints(1, 3), outputs=2),
        OneNode("LSTM", ramp(3, 1, 4), ramp(1, 8, 4), ramp(1, 8, 2), hidden_size=2, outputs=3),
        OneNode("Resize", ramp(1, 1, 2, 2), None, np.array([1, 1, 2, 2], np.float32)),
        OneNode("TopK", ramp(5), ints(2), outputs=2),
        OneNode("GroupNormalization", ramp(1, 4, 3), ramp(2), ramp(2), num_groups=2),
        OneNode("Einsum", ramp(2, 3), ramp(3, 4), equation="ab,bc->ac"),
    ],
    ids=lambda one: one.node.op_type,
)
@pytest.mark.parametrize("constant", [True, False], ids=["settings", "all computed"])
def test_no_rule_stumbles_over_one_operator(one: OneNode, constant):
    source = one.model(one.settings if constant else ())
    for hardware, options in HARDWARE[:3]:
        try:
            analysis = analyze(source, hardware, **options)
        except Exception:
            if constant:
                raise
            continue  # a shape that is computed while the network runs
        is_sound(analysis)


def test_unknown_shapes_everywhere():
    before = analyze("zoo:mobilenet_v3_small", "pixel6")
    nodes = tuple(
        replace(
            node,
            inputs=tuple(t and (t if t.constant else replace(t, shape=None)) for t in node.inputs),
            outputs=tuple(replace(t, shape=None) for t in node.outputs),
            problem="shapes are not known",
        )
        for node in before.graph.nodes
    )
    graph = replace(before.graph, nodes=nodes)

    for hardware, options in HARDWARE:
        is_sound(analyze(graph, hardware, **options))


OPERATORS = {
    "Conv": ("w", "w3", "dw", "w2"),
    "Relu": (),
    "Sigmoid": (),
    "HardSigmoid": (),
    "HardSwish": (),
    "Identity": (),
    "Mul": ("one", "channels", "x"),
    "Add": ("zero", "channels2", "x", "whole"),
    "Transpose": (),
    "GlobalAveragePool": (),
    "Softmax": (),
    "Clip": ("zero, six", ", six"),
    "Erf": (),
    "BatchNormalization": ("scale, shift, mean, variance",),
}


@st.composite
def networks(draw: st.DrawFn) -> str:
    made = ["x"]
    body = []
    for index in range(draw(st.integers(1, 12))):
        op = draw(st.sampled_from(sorted(OPERATORS)))
        other = OPERATORS[op]
        second = draw(st.sampled_from(other)) if other else ""
        if op in ("Mul", "Add") and draw(st.booleans()):
            second = draw(st.sampled_from(made))
        operands = f"{draw(st.sampled_from(made[-3:]))}{', ' if second else ''}{second}"
        attributes = {
            "Conv": "<pads = [1, 1, 1, 1]>" if second in ("w3", "dw") else "",
            "Transpose": "<perm = [0, 1, 3, 2]>",
            "BatchNormalization": "",
        }.get(op, "")
        if second == "dw":
            attributes = "<pads = [1, 1, 1, 1], group = 8>"
        made.append(f"t{index}")
        body.append(f"{made[-1]} = {op} {attributes} ({operands})")
    return " ".join([*body, f"y = Relu({made[-1]})"])


@settings(max_examples=60)
@given(body=networks(), machine=st.sampled_from(HARDWARE))
def test_no_rule_stumbles_over_networks_drawn_at_random(body, machine):
    hardware, options = machine

    is_sound(analyze(model(body), hardware, **options))


def test_a_graph_without_its_constants():
    # A resolved graph may be made by anyone: nothing says that its constants are listed.
    x = Tensor("x", (1, 48, 9, 9), FLOAT32)
    y = Tensor("y", (1, 48, 9, 9), FLOAT32)
    node = Node("relu", "Relu", "", 18, (x,), (y,))
    graph = Graph("g", (node,), (x,), (y,), {}, {"": 18})
    analysis = analyze(graph, "pixel6")

    is_sound(analysis)
    assert Case(analysis, analysis.first).graph is graph
