"""What rules look up in a case, and what its savings say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from costscope.pipeline import analyze
from costscope.whatif.case import Case
from costscope.whatif.edit import bypassed, replaced
from written import model

BODY = (
    "t1 = Conv(x, w) t2 = Sigmoid(t1) t3 = Mul(t1, t2) "
    "t4 = MaxPool <kernel_shape = [2, 2]> (t3) y = Softmax <axis = 1> (t4)"
)


def case_of(source, hardware="pixel6", **options) -> Case:
    analysis = analyze(source, hardware, **options)
    return Case(analysis, analysis.first)


def test_makers_and_readers():
    case = case_of(model(BODY))
    by_op = {node.op_type: node for node in case.graph.nodes}
    made = by_op["Conv"].output

    assert case.maker(made) is by_op["Conv"]
    assert case.readers["t1"] == (by_op["Sigmoid"], by_op["Mul"])
    assert case.only_reader(made) is None
    assert case.only_reader(by_op["Sigmoid"].output) is by_op["Mul"]
    assert case.maker(case.graph.inputs[0]) is None
    assert case.maker(None) is None
    assert case.leaving == {"y"}
    assert case.only_reader(by_op["Softmax"].output) is None


def test_one_that_reads_a_tensor_twice_is_one_reader():
    case = case_of(model("t1 = Relu(x) y = Mul(t1, t1)"))

    assert [node.op_type for node in case.readers["t1"]] == ["Mul"]


def test_kernels_and_their_times():
    case = case_of("zoo:mobilenet_v2")
    kernels = case.deployment.kernels

    assert set(case.timing_of) == {kernel.name for kernel in kernels}
    total = case.seconds(kernels)
    assert total == pytest.approx(case.latency_s - case.deployment.prediction.run_s)
    assert case.seconds(()) == 0
    assert case.kernel_of["stem"].name == "stem"


def test_without_a_machine_there_is_no_time_but_traffic_and_macs():
    case = case_of(model(BODY), None, runtime="none")
    sigmoid = next(node for node in case.graph.nodes if node.op_type == "Sigmoid")

    saving = case.saving(bypassed(case.graph, {sigmoid.name}))

    assert case.latency_s is None
    assert case.seconds(case.deployment.kernels) is None
    assert (saving.latency_s, saving.latency_ratio) == (None, None)
    # The Sigmoid read and wrote 8 x 6 x 6 floats; the Mul reads one tensor less.
    assert saving.traffic_bytes == 3 * 8 * 36 * 4
    assert saving.macs == 0


def test_a_change_that_costs_is_a_negative_saving():
    case = case_of(model("t1 = Conv(x, w) y = Relu(t1)"), runtime="none", time_model="roofline")
    conv = next(node for node in case.graph.nodes if node.op_type == "Conv")
    between = replace(conv.output, name="between")
    nodes = (
        replace(conv, outputs=(between,)),
        replace(conv, name="more", op_type="Tanh", inputs=(between,), attributes={}),
    )

    saving = case.saving(replaced(case.graph, {conv.name: nodes}))

    assert saving.latency_s is not None
    assert saving.latency_s < 0
    assert saving.traffic_bytes == -2 * 8 * 36 * 4


def test_nothing_changed_saves_nothing():
    case = case_of("zoo:mobilenet_v2")

    saving = case.saving(case.graph)

    assert (saving.latency_s, saving.latency_ratio) == (0, 0)
    assert (saving.traffic_bytes, saving.macs) == (0, 0)


def test_the_share_is_of_the_models_latency():
    case = case_of("zoo:mobilenet_v3_large")
    name = next(n.name for n in case.graph.nodes if n.op_type == "HardSwish")

    saving = case.saving(bypassed(case.graph, {name}))

    assert saving.latency_ratio == pytest.approx(saving.latency_s / case.latency_s)


def test_where_another_operator_becomes_unpriced_no_time_is_told():
    # The accelerator runs no float network: nothing is predicted, before or after.
    case = case_of("zoo:mobilenet_v2", "coral_edgetpu")
    name = next(n.name for n in case.graph.nodes if n.op_type == "Clip")

    saving = case.saving(bypassed(case.graph, {name}))

    assert case.latency_s is None
    assert saving.latency_s is None


def test_a_change_leaves_nothing_that_is_predicted():
    body = "t1 = Relu(x) y = com.microsoft.NotKnown(t1)"
    case = case_of(model(body), runtime="none", time_model="roofline")
    relu = next(node for node in case.graph.nodes if node.op_type == "Relu")
    assert case.latency_s is not None

    assert case.saving(bypassed(case.graph, {relu.name})).latency_s is None


def test_changes_are_priced_with_the_same_threads_and_time_model():
    case = case_of("zoo:mobilenet_v1", "raspberry_pi_4b", threads=4)

    again = case.deployed(case.graph)

    assert again.prediction.threads == 4
    assert again.prediction.latency_s == case.latency_s
    bound = case_of("zoo:mobilenet_v1", "raspberry_pi_4b", time_model="roofline")
    assert bound.deployed(bound.graph).prediction.latency_s == bound.latency_s


def test_a_graph_that_a_runtime_made_is_not_what_is_changed():
    analysis = analyze("zoo:mobilenet_v1", "pixel6")
    first = analysis.first
    executed = replace(first, kernels=first.kernels[:2], graph=analysis.graph, executed="x 1.0")

    case = Case(analysis, executed)

    assert case.deployment.executed == ""
    assert case.deployment.kernels == first.kernels
    assert case.deployment.hardware == first.hardware
