"""F2: operators that do nothing, on runtimes that drop them and on one that does not."""

from __future__ import annotations

from typing import Any

import pytest
from drawn import Drawn
from onnx import TensorProto
from rule_cases import found_by

from costscope.analysis.types import Severity
from costscope.pipeline import analyze

MAP_BYTES = 4 * 8 * 16 * 16


def with_one(op_type: str | None, *more: Any, **attributes: Any) -> Any:
    net = Drawn(1, 8, 16, 16)
    y = net.conv("x", "conv", 8, 8)
    if op_type is not None:
        names = [net.values(f"c{place}", values, kind) for place, (values, kind) in enumerate(more)]
        y = net.op(op_type, [y, *names], "it", **attributes)
    net.conv(y, "end", 8, 8)
    return net.model()


FLOAT, INT = TensorProto.FLOAT, TensorProto.INT64
IDLE = {
    "Identity": ("Identity", (), {}),
    "Dropout": ("Dropout", (), {}),
    "Cast to its own type": ("Cast", (), {"to": FLOAT}),
    "Concat of one": ("Concat", (), {"axis": 1}),
    "Sum of one": ("Sum", (), {}),
    "Pad of nothing": ("Pad", (([0] * 8, INT),), {}),
    "times 1": ("Mul", (([1.0], FLOAT),), {}),
    "plus 0": ("Add", (([0.0], FLOAT),), {}),
    "pooling of 1 x 1": ("AveragePool", (), {"kernel_shape": [1, 1]}),
    "transposed to its own order": ("Transpose", (), {"perm": [0, 1, 2, 3]}),
}
BUSY = {
    "Cast": ("Cast", (), {"to": TensorProto.FLOAT16}),
    "Pad": ("Pad", (([0, 0, 1, 1, 0, 0, 1, 1], INT),), {}),
    "times 2": ("Mul", (([2.0], FLOAT),), {}),
    "plus 1": ("Add", (([1.0], FLOAT),), {}),
    "pooling": ("MaxPool", (), {"kernel_shape": [3, 3], "pads": [1] * 4}),
    "pads that cancel": ("Pad", (([0, 0, 1, 0, 0, 0, -1, 0], INT),), {}),
}


@pytest.mark.parametrize("case", IDLE)
def test_what_does_nothing_is_found_and_costs_two_maps_where_it_runs(case: str):
    op_type, more, attributes = IDLE[case]
    model = with_one(op_type, *more, **attributes)

    (found,) = found_by("F2", model, None, runtime="none")

    assert found.nodes == ("it",)
    before = analyze(model, runtime="none").totals.traffic_bytes
    after = analyze(with_one(None), runtime="none").totals.traffic_bytes
    assert found.saving_bytes == before - after


@pytest.mark.parametrize("case", ["Identity", "Dropout", "times 1"])
def test_where_the_runtime_drops_it_it_is_a_note_without_saving(case: str):
    op_type, more, attributes = IDLE[case]

    (found,) = found_by("F2", with_one(op_type, *more, **attributes), "raspberry_pi_4b")

    assert found.severity is Severity.NOTE
    assert found.saving_s == pytest.approx(0.0, abs=1e-12)
    assert found.evidence["kernels"] == 0


@pytest.mark.parametrize("case", BUSY)
def test_what_does_something_is_left_alone(case: str):
    op_type, more, attributes = BUSY[case]
    net = Drawn(1, 8, 16, 16)
    names = [net.values(f"c{place}", values, kind) for place, (values, kind) in enumerate(more)]
    net.op(op_type, [net.op("Relu", ["x"], "act"), *names], "it", **attributes)

    assert found_by("F2", net.model(), None, runtime="none") == []


def test_a_dropout_that_drops_is_not_without_effect():
    net = Drawn(1, 8, 16, 16)
    y = net.op("Relu", ["x"], "act")
    flag = net.initializers
    from onnx import helper

    flag.append(helper.make_tensor("ratio", FLOAT, [], [0.5]))
    flag.append(helper.make_tensor("trains", TensorProto.BOOL, [], [True]))
    net.op("Dropout", [y, "ratio", "trains"], "it")

    assert found_by("F2", net.model(), None, runtime="none") == []


def test_an_identity_of_a_weight_is_told_without_saving():
    net = Drawn(1, 8, 16, 16)
    net.conv("x", "conv", 8, 8)
    shared = net.op("Identity", ["conv.w"], "shared")
    net.op("Conv", ["conv.out", shared], "end", kernel_shape=[1, 1])

    (found,) = found_by("F2", net.model())

    assert found.severity is Severity.NOTE
    assert found.evidence["on_constants"] == 1
    assert found.nodes == ("shared",)


def test_a_clean_network_is_left_alone():
    assert found_by("F2", "zoo:mobilenet_v2", ["pixel6", "raspberry_pi_4b"]) == []
