"""Every shape rule of our own against ONNX's inference, over the opsets that have it."""

from __future__ import annotations

from typing import Any

import pytest
from onnx import TensorProto, defs

from costscope.ops.elementwise import BROADCAST, UNARY, VARIADIC
from operator_cases import BOOL, CASES, I32, REDUCTIONS, X
from single_node import NEWEST, Of, floats, inferred, ints, model, node_of

BOOLEAN = {"Not", "And", "Or", "Xor"}
INTEGER = {"BitwiseNot", "BitwiseAnd", "BitwiseOr", "BitwiseXor"}


def _elementwise() -> list[tuple[str, list[Any], dict[str, Any], int]]:
    cases = []
    for names, shapes in ((UNARY, [X]), ([*BROADCAST, *VARIADIC], [X, (6, 1, 7)])):
        for name in names:
            if name in ("SwiGLU", "PRelu", "BitShift"):
                continue
            dtype = BOOL if name in BOOLEAN else I32 if name in INTEGER else TensorProto.FLOAT
            cases.append((name, [Of(dtype, shape) for shape in shapes], {}, 1))
    for name in VARIADIC:
        cases.append((name, [(3, 1), (1, 4), (2, 1, 1)], {}, 1))
        cases.append((name, [(3, 1)], {}, 1))
    cases.append(("Add", [(), (3, 4)], {}, 1))
    return cases


def _versions(op_type: str, domain: str = "") -> list[int]:
    """Opsets from 7 on at which the operator changed, and the newest."""
    since = {
        schema.since_version
        for schema in defs.get_all_schemas_with_history()
        if schema.name == op_type and schema.domain == domain
    }
    old = max((version for version in since if version <= 7), default=None)
    newer = {version for version in since if version > 7}
    return sorted(({7} if old else set()) | newer | {NEWEST})


def _expand(
    cases: list[tuple[str, list[Any], dict[str, Any], int]],
) -> list[Any]:
    return [
        pytest.param(op, inputs, attributes, outputs, opset, id=f"{op}-{opset}-{number}")
        for number, (op, inputs, attributes, outputs) in enumerate(cases)
        for opset in _versions(op)
    ]


def _allowed(op_type: str, inputs: list[Any], attributes: dict[str, Any], opset: int) -> bool:
    """Whether the operator has these attributes and inputs at this opset."""
    schema = defs.get_schema(op_type, opset, "")
    if op_type in VARIADIC and opset < 8 and len(set(inputs)) > 1:
        return False  # they broadcast from version 8 on
    return set(attributes) <= set(schema.attributes) and len(inputs) <= schema.max_input


def _agree(
    op_type: str, inputs: list[Any], attributes: dict[str, Any], outputs: int, opset: int
) -> None:
    proto = model(op_type, *inputs, opset=opset, outputs=outputs, **attributes)

    node = node_of(op_type, *inputs, opset=opset, outputs=outputs, **attributes)

    assert node.problem is None
    assert [(t.shape, t.dtype.name) for t in node.outputs] == [
        (kind.shape, kind.dtype.name) for kind in inferred(proto)
    ]


@pytest.mark.parametrize(
    ("op_type", "inputs", "attributes", "outputs", "opset"),
    [
        case
        for case in _expand([*CASES, *_elementwise()])
        if _allowed(case.values[0], case.values[1], case.values[2], case.values[4])
    ],
)
def test_rule_agrees_with_onnx(
    op_type: str, inputs: list[Any], attributes: dict[str, Any], outputs: int, opset: int
) -> None:
    _agree(op_type, inputs, attributes, outputs, opset)


@pytest.mark.parametrize("keepdims", [0, 1])
@pytest.mark.parametrize("axes", [None, (1, -1), (0,)])
@pytest.mark.parametrize("opset", [11, 13, 18, 20, 28])
@pytest.mark.parametrize("name", REDUCTIONS)
def test_reductions(name: str, opset: int, axes: tuple[int, ...] | None, keepdims: int) -> None:
    as_input = opset >= (13 if name == "ReduceSum" else 18)
    attributes: dict[str, Any] = {"keepdims": keepdims}
    inputs: list[Any] = [X]
    if axes is not None and as_input:
        inputs.append(ints(*axes))
    elif axes is not None:
        attributes["axes"] = axes

    _agree(name, inputs, attributes, 1, opset)


@pytest.mark.parametrize("axes", [None, ()])
@pytest.mark.parametrize("noop", [0, 1])
def test_empty_axes_mean_all_or_none(axes: tuple[int, ...] | None, noop: int) -> None:
    inputs: list[Any] = [X] if axes is None else [X, ints()]

    _agree("ReduceSum", inputs, {"noop_with_empty_axes": noop}, 1, 13)


@pytest.mark.parametrize(
    ("opset", "inputs", "attributes"),
    [
        (10, [X, floats(1, 1, 2, 1.5)], {}),
        (11, [X, floats(), floats(1, 1, 2, 1.5)], {"mode": "linear"}),
        (11, [X, floats(), floats(), ints(2, 6, 9, 3)], {"mode": "cubic"}),
        (13, [X, None, floats(1, 1, 0.3, 0.7)], {}),
        (13, [X, None, None, ints(2, 6, 9, 3)], {}),
        (18, [X, None, floats(0.3, 0.7)], {"axes": [2, -1]}),
        (18, [X, None, None, ints(9, 3)], {"axes": [3, 2]}),
        (
            18,
            [X, None, None, ints(9, 9)],
            {"axes": [2, 3], "keep_aspect_ratio_policy": "not_larger"},
        ),
        (
            19,
            [X, None, None, ints(9, 9)],
            {"axes": [2, 3], "keep_aspect_ratio_policy": "not_smaller"},
        ),
        (28, [(1, 3, 3, 5), None, floats(1, 1, 1 / 3, 0.6)], {}),
    ],
)
def test_resize(opset: int, inputs: list[Any], attributes: dict[str, Any]) -> None:
    _agree("Resize", inputs, attributes, 1, opset)


@pytest.mark.parametrize(
    ("opset", "inputs", "attributes"),
    [
        (7, [X], {"scales": [1.0, 1.0, 2.0, 1.5]}),
        (9, [X, floats(1, 1, 2, 1.5)], {"mode": "linear"}),
    ],
)
def test_upsample(opset: int, inputs: list[Any], attributes: dict[str, Any]) -> None:
    _agree("Upsample", inputs, attributes, 1, opset)


@pytest.mark.parametrize("opset", [7, 14, 22])
@pytest.mark.parametrize("direction", ["forward", "reverse", "bidirectional"])
@pytest.mark.parametrize(
    ("name", "gates", "outputs"), [("RNN", 1, 2), ("GRU", 3, 2), ("LSTM", 4, 3)]
)
def test_recurrent(name: str, gates: int, outputs: int, direction: str, opset: int) -> None:
    both = 2 if direction == "bidirectional" else 1
    inputs: list[Any] = [(5, 3, 4), (both, gates * 6, 4), (both, gates * 6, 6)]

    _agree(name, inputs, {"hidden_size": 6, "direction": direction}, outputs, opset)


@pytest.mark.parametrize(("name", "gates"), [("RNN", 1), ("GRU", 3), ("LSTM", 4)])
def test_recurrent_with_batch_first(name: str, gates: int) -> None:
    inputs: list[Any] = [(3, 5, 4), (1, gates * 6, 4), (1, gates * 6, 6)]

    _agree(name, inputs, {"hidden_size": 6, "layout": 1}, 2, 14)


@pytest.mark.parametrize("opset", [10, 11, 12, 19, 22, 28])
@pytest.mark.parametrize("op_type", ["MaxPool", "AveragePool"])
@pytest.mark.parametrize("size", range(3, 12))
def test_ceil_mode(op_type: str, opset: int, size: int) -> None:
    attributes = {"kernel_shape": [3], "strides": [2], "pads": [1, 1], "ceil_mode": 1}

    _agree(op_type, [(1, 1, size)], attributes, 1, opset)


@pytest.mark.parametrize(
    ("opset", "outputs", "attributes"),
    [(7, 1, {}), (9, 5, {}), (14, 3, {"training_mode": 1}), (15, 3, {"training_mode": 1})],
)
def test_batch_normalization_in_training(
    opset: int, outputs: int, attributes: dict[str, Any]
) -> None:
    inputs = [X, (6,), (6,), (6,), (6,)]
    node = node_of("BatchNormalization", *inputs, opset=opset, outputs=outputs, **attributes)

    assert [output.shape for output in node.outputs] == [X, *[(6,)] * (outputs - 1)]
