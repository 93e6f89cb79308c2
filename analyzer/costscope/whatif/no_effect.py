"""Operators that hand on what they read: leaving them out changes no number."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from costscope.graph.types import Node, Tensor

_PLAIN = ("Identity", "Dropout", "Cast")
_VIEWS = ("Reshape", "Flatten", "Squeeze", "Unsqueeze", "Expand")
_OF_ONE = ("Concat", "Sum", "Max", "Min", "Mean")
_POOLS = ("MaxPool", "AveragePool")
_NEUTRAL = {"Add": 0.0, "Sub": 0.0, "Mul": 1.0, "Div": 1.0}
_COMMUTATIVE = ("Add", "Mul")
_FIRST_INFERENCE_DROPOUT = 7  # before it, an attribute says whether the network trains
_TRAINING_INPUT = 2
_STEPS = 4
HANDING_ON = frozenset(
    (*_PLAIN, *_VIEWS, *_OF_ONE, *_POOLS, *_NEUTRAL, "Pad", "Slice", "Transpose", "Tile")
)


def handed_on(node: Node) -> int | None:
    """The input slot whose elements are an operator's whole result; None where it does more.

    What depends on values that are not known counts as doing more.
    """
    if node.op_type not in HANDING_ON or node.domain or node.problem is not None:
        return None
    if node.op_type in _NEUTRAL:
        return _beside_neutral(node)
    data = node.input(0)
    if data is None or (len(node.outputs) > 1 and node.op_type != "Dropout"):
        return None
    check = _CHECKS.get(node.op_type, _same_shape)
    return 0 if check(node, data) else None


def trains(node: Node) -> bool:
    """Whether a Dropout drops, as in training."""
    if node.op_type != "Dropout" or node.domain:
        return False
    if node.version < _FIRST_INFERENCE_DROPOUT:
        return not node.attributes.get("is_test", 0)
    flag = node.input(_TRAINING_INPUT)
    return flag is not None and flag.value != (0.0,)


def _identity(node: Node, data: Tensor) -> bool:
    return data.items is None and node.output.items is None


def _cast(node: Node, data: Tensor) -> bool:
    return data.dtype == node.output.dtype


def _dropout(node: Node, _: Tensor) -> bool:
    return not trains(node)


def _same_shape(node: Node, data: Tensor) -> bool:
    return data.shape is not None and data.shape == node.output.shape


def _of_one(node: Node, _: Tensor) -> bool:
    return len(node.inputs) == 1


def _pool(node: Node, data: Tensor) -> bool:
    window = node.attributes.get("kernel_shape") or ()
    return bool(window) and set(window) == {1} and _same_shape(node, data)


def _pad(node: Node, data: Tensor) -> bool:
    """One without any pad; pads of both signs may keep the shape."""
    given, asked = node.attributes.get("pads"), node.input(1)
    pads = given if asked is None else asked.value
    return pads is not None and not any(pads) and _same_shape(node, data)


def _slice(node: Node, data: Tensor) -> bool:
    steps = node.input(_STEPS)
    forward = steps is None or (steps.value is not None and min(steps.value) > 0)
    return forward and _same_shape(node, data)


def _transpose(node: Node, data: Tensor) -> bool:
    order = node.attributes.get("perm")
    return order is not None and list(order) == sorted(order) and _same_shape(node, data)


_CHECKS: Mapping[str, Callable[[Node, Tensor], bool]] = {
    "Identity": _identity,
    "Dropout": _dropout,
    "Cast": _cast,
    "Pad": _pad,
    "Slice": _slice,
    "Transpose": _transpose,
    **dict.fromkeys(_OF_ONE, _of_one),
    **dict.fromkeys(_POOLS, _pool),
}


def _beside_neutral(node: Node) -> int | None:
    """The operand beside + 0 or * 1, on either side; at the right beside - 0 and / 1."""
    for slot in (1, 0) if node.op_type in _COMMUTATIVE else (1,):
        constant, data = node.input(slot), node.input(1 - slot)
        if constant is None or data is None or not constant.constant:
            continue
        if constant.value is not None and set(constant.value) == {_NEUTRAL[node.op_type]}:
            return 1 - slot if _same_shape(node, data) else None
    return None
