"""A change priced by its neighbourhood is a change priced by the whole model."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from random_edits import edits, whole_saving

from costscope.dtypes import INT8
from costscope.graph.types import Storage
from costscope.pipeline import analyze
from costscope.whatif.around import Around
from costscope.whatif.case import Case
from costscope.whatif.edit import bypassed, constant, replaced
from costscope.whatif.window import local_costs
from written import model

MACHINES = [
    ("pixel6", {}),
    ("raspberry_pi_4b", {}),
    ("coral_edgetpu", {"as_dtype": "int8"}),
    ("pixel4_hexagon", {"as_dtype": "int8"}),
    ("adreno_640", {}),
    ("stm32h743", {"as_dtype": "int8"}),
    ("pixel6", {"time_model": "roofline"}),  # every activation in one memory
    ("adreno_640", {"time_model": "roofline"}),  # activations in one of two
    (None, {}),
    (None, {"runtime": "tflite"}),
    (None, {"runtime": "none"}),
]
# Plain, gated, split, concatenated, with attention; small and deep.
NETWORKS = [
    "mobilenet_v2",
    "mobilenet_v3_small",
    "efficientnet",
    "shufflenet_v2",
    "squeezenet",
    "resnet",
    "ghostnet",
    "vit",
    "poolformer",
    "mlperf_tiny_resnet8",
    "unet",
]


def case_of(source, hardware, options) -> Case:
    analysis = analyze(source, hardware, **options)
    return Case(analysis, analysis.first)


def differences(case: Case, changed) -> list[str]:
    """In what the saving is not that of the whole model; nothing if it is."""
    ours, theirs = case.saving(changed), whole_saving(case, changed)
    found = [
        f"{name}: {getattr(ours, name)}, of the whole {getattr(theirs, name)}"
        for name in ("traffic_bytes", "macs")
        if getattr(ours, name) != getattr(theirs, name)
    ]
    rounding_s = 1e-9 * (case.latency_s or 1)
    if ours.latency_s != theirs.latency_s and (
        ours.latency_s is None
        or theirs.latency_s is None
        or abs(ours.latency_s - theirs.latency_s) > rounding_s
    ):
        found.append(f"latency_s: {ours.latency_s}, of the whole {theirs.latency_s}")
    return found


@pytest.mark.parametrize("network", NETWORKS)
def test_a_neighbourhood_tells_what_the_whole_tells(network: str):
    decided: Counter[bool] = Counter()
    for hardware, options in MACHINES:
        case = case_of(f"zoo:{network}", hardware, options)
        for edit in edits(case, Random(f"{network} {hardware} {options}"), 2):
            assert differences(case, edit.graph) == [], (hardware, options, edit.name)
            decided[local_costs(case.around, edit.graph) is not None] += 1

    assert decided[True], "a law about windows that are never used says nothing"


STEPS = ("Relu", "Sigmoid", "Identity", "HardSwish", "Clip", "Mul", "Add", "Conv", "Swap", "Erf")


def network_of(steps: list[tuple[str, int]]) -> str:
    """A network of 1x8x6x6 maps: each step reads the last result, and some an older one."""
    made = ["x"]
    body = []
    for op, back in steps:
        name, last, other = f"t{len(made)}", made[-1], made[-1 - back % len(made)]
        text = {
            "Conv": f"Conv({last}, w)",
            "Clip": f"Clip({last}, zero, six)",
            "Swap": f"Transpose <perm = [0, 1, 3, 2]> ({last})",
            "Mul": f"Mul({last}, {other})",
            "Add": f"Add({last}, {other})",
        }.get(op, f"{op}({last})")
        body.append(f"{name} = {text}")
        made.append(name)
    return " ".join([*body, f"y = Relu({made[-1]})"])


@settings(max_examples=60)
@given(
    steps=st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 6)), min_size=12, max_size=40),
    runtime=st.sampled_from(["onnxruntime", "tflite", "ncnn", "none"]),
    seed=st.integers(0, 1000),
)
@example(  # the operator behind a resized convolution is dropped: others read its other size
    steps=[*[("Relu", 0)] * 2, ("Conv", 0), ("Identity", 0), ("HardSwish", 0), *[("Relu", 0)] * 10],
    runtime="onnxruntime",
    seed=183,
)
def test_so_it_is_in_networks_drawn_at_random(steps, runtime, seed):
    source = model(network_of(steps))
    case = case_of(source, "pixel6", {"runtime": runtime, "time_model": "roofline"})

    for edit in edits(case, Random(seed), 4):
        assert differences(case, edit.graph) == [], edit.name


def chain(*middle: str) -> str:
    """A convolution, operators behind it, and enough others for a window to be worth it."""
    text, last = "c0 = Conv(x, w)", "c0"
    for index, op in enumerate((*middle, *("Conv", "Softsign") * 12), start=1):
        operands = f"c{index - 1}, w3" if op == "Conv" else f"c{index - 1}"
        pads = "<pads = [1, 1, 1, 1]>" if op == "Conv" else ""
        text, last = f"{text} c{index} = {op} {pads} ({operands})", f"c{index}"
    return f"{text} y = Softsign({last})"


@pytest.mark.parametrize("runtime", ["onnxruntime", "tflite", "ncnn"])
@pytest.mark.parametrize("copies", [1, 3, 6])
def test_a_neighbour_behind_operators_that_leave_no_kernel_is_a_neighbour(runtime, copies):
    source = model(chain(*["Identity"] * copies, "Softsign"))
    case = case_of(source, "pixel6", {"runtime": runtime, "time_model": "roofline"})
    node = next(node for node in case.graph.nodes if node.op_type == "Softsign")

    changed = replaced(case.graph, {node.name: (replace(node, op_type="Relu"),)})

    # The Relu goes into the convolution in front of the copies: no kernel of its own any more.
    assert len(case.deployed(changed).kernels) == len(case.deployment.kernels) - 1
    assert local_costs(case.around, changed) is not None
    assert differences(case, changed) == []


def test_transposes_that_meet_over_a_distance_are_seen():
    turn = "Transpose <perm = [0, 2, 3, 1]>"
    back = "Transpose <perm = [0, 3, 1, 2]>"
    steps = " ".join(f"p{i + 1} = Sigmoid(p{i})" for i in range(12))
    rest = " ".join(f"q{i + 1} = Conv(q{i}, w)" for i in range(30))
    body = f"p0 = {turn} (x) {steps} e = Erf(p12) q0 = {back} (e) {rest} y = Relu(q30)"
    case = case_of(model(body), None, {"runtime": "onnxruntime"})
    erf = next(node for node in case.graph.nodes if node.op_type == "Erf")
    tied = replace(erf, op_type="CumSum", inputs=(erf.inputs[0], axis_like(erf)))

    # Nothing is pushed through a cumulative sum: both Transposes come back.
    assert differences(case, replaced(case.graph, {erf.name: (tied,)})) == []


def axis_like(node):
    return constant("axis", (), node.inputs[0])


def test_weights_that_outgrow_a_memory_slow_all_that_read_some():
    # 8 MiB lie near the arithmetic; with one large convolution more they do not fit.
    case = case_of("zoo:mobilenet_v2@1.4", "coral_edgetpu", {"as_dtype": "int8"})
    head = case.nodes["head"]
    weight = head.inputs[1]
    assert weight is not None
    big = constant("big", (*weight.dims[:2], 3, 3), weight)
    attributes = {**head.attributes, "kernel_shape": [3, 3], "pads": [1, 1, 1, 1]}
    node = replace(head, inputs=(head.inputs[0], big, *head.inputs[2:]), attributes=attributes)
    changed = replaced(case.graph, {"head": (node,)})

    assert case.deployment.totals.weight_bytes < 8 * 2**20
    assert case.deployed(changed).totals.weight_bytes > 8 * 2**20
    assert local_costs(case.around, changed) is not None
    # Not the head alone is slower.
    others = [t for n, t in case.timing_of.items() if n != "head" and t.step.kernel.weights]
    again = {t.step.kernel.name: t for t in case.deployed(changed).prediction.timings}
    slower = [t for t in others if again[t.step.kernel.name].latency_s > t.latency_s]
    assert len(slower) == len(others) > 50
    assert differences(case, changed) == []


def test_weights_that_others_read_too_stay():
    layers = " ".join(f"t{i + 1} = Conv(t{i}, w)" for i in range(1, 20))
    body = f"t1 = Conv(x, w) {layers} y = Relu(t20)"
    case = case_of(model(body), "pixel6", {"time_model": "roofline"})

    changed = bypassed(case.graph, {case.graph.nodes[4].name})

    assert case.deployed(changed).totals.weight_bytes == case.deployment.totals.weight_bytes
    assert local_costs(case.around, changed) is not None
    assert differences(case, changed) == []


def test_an_operator_that_the_machine_does_not_run_is_priced_as_a_whole():
    case = case_of("zoo:mobilenet_v2", "coral_edgetpu", {"as_dtype": "int8"})
    node = next(n for n in case.graph.nodes if n.op_type == "Add")
    sort = replace(node, op_type="Erf", inputs=node.inputs[:1])

    changed = replaced(case.graph, {node.name: (sort,)})

    assert differences(case, changed) == []


def test_a_weight_stored_otherwise_is_no_matter_of_sizes():
    body = (
        "t0 = QuantizeLinear(x, s, zp) t1 = DequantizeLinear(t0, s, zp) t2 = Conv(t1, w) "
        "t3 = QuantizeLinear(t2, s, zp) t4 = DequantizeLinear(t3, s, zp) "
    )
    rest = " ".join(f"u{i + 1} = Softsign(u{i})" for i in range(20)).replace("u0", "t4")
    source = model(f"{body} {rest} y = Relu(u20)")
    case = case_of(source, "pixel6", {"time_model": "roofline"})
    conv = next(node for node in case.graph.nodes if node.op_type == "Conv")
    weight = conv.inputs[1]
    assert weight is not None
    stored = replace(weight, storage=Storage(INT8, scales=("s",)))
    changed = replaced(case.graph, {conv.name: (replace(conv, inputs=(conv.inputs[0], stored)),)})

    # With an 8-bit weight the conversions on both sides become part of the convolution.
    assert len(case.deployed(changed).kernels) < len(case.deployment.kernels)
    assert local_costs(case.around, changed) is not None
    assert differences(case, changed) == []


def test_what_is_looked_up_is_looked_up_once():
    case = case_of("zoo:mobilenet_v2", "pixel6", {})

    assert case.around is case.around
    assert isinstance(case.around, Around)
    assert case.around.touching is case.around.touching
