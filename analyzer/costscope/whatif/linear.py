"""Operators that are linear in their data with constant weights, and what folds into them.

A batch norm at inference, and a product or sum with one constant a channel, are affine: behind
or in front of a linear operator they are constants of that operator.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from costscope.graph.types import Node, Shape, Tensor
from costscope.whatif.edit import constant

SPATIAL = ("Conv", "ConvTranspose")
LINEAR = (*SPATIAL, "Gemm", "MatMul")
AFFINE = ("BatchNormalization", "Mul", "Add", "Div", "Sub")
SHIFTING = ("BatchNormalization", "Add", "Sub")
_MATRIX = 2
_BIAS = 2
_STATISTICS = range(1, 5)
_DIVIDES = ("Div", "Sub")


def is_linear(node: Node | None) -> bool:
    """Whether an operator is a product with constant weights, of data of known shape."""
    if node is None or node.op_type not in LINEAR or node.domain or node.problem is not None:
        return False
    data, weight = node.input(0), node.input(1)
    if data is None or weight is None or data.constant or not weight.constant:
        return False
    bias = node.input(_BIAS)
    known = None not in (data.shape, weight.shape, node.output.shape)
    return known and (bias is None or bias.constant)


def channel_axis(node: Node) -> int:
    """The axis of a linear operator's result that its weights have one set each for."""
    return node.output.rank - 1 if node.op_type == "MatMul" else 1


def affine_data(node: Node | None, axis: int) -> Tensor | None:
    """What an affine operator reads besides constants of one channel each; None if it is none."""
    if node is None or node.op_type not in AFFINE or node.domain or node.problem is not None:
        return None
    shape = node.output.shape
    if not shape or axis >= len(shape):
        return None
    if node.op_type == "BatchNormalization":
        return node.input(0) if axis == 1 and _at_inference(node) else None
    sides = node.inputs[:2]
    for slot in (0,) if node.op_type in _DIVIDES else (0, 1):
        data, other = sides[slot], sides[1 - slot]
        if data is None or other is None or data.constant or not other.constant:
            continue
        if data.shape == shape and other.shape is not None and _fits(other.shape, shape, axis):
            return data
    return None


def _at_inference(node: Node) -> bool:
    constants = [node.input(slot) for slot in _STATISTICS]
    trains = bool(node.attributes.get("training_mode", 0)) or len(node.outputs) > 1
    return not trains and all(each is not None and each.constant for each in constants)


def _fits(constant_shape: Shape, shape: Shape, axis: int) -> bool:
    """Whether a constant that is broadcast has one element for each channel, or only one."""
    if len(constant_shape) > len(shape):
        return False
    wide = (1,) * (len(shape) - len(constant_shape)) + constant_shape
    return all(size in (1, shape[axis] if at == axis else 1) for at, size in enumerate(wide))


def pads_nothing(node: Node) -> bool:
    """Whether a linear operator reads nothing but its data: no zeros around it."""
    if node.op_type not in SPATIAL:
        return True
    auto = str(node.attributes.get("auto_pad", "NOTSET"))
    return auto in ("NOTSET", "VALID") and not any(node.attributes.get("pads") or ())


def shifted(node: Node) -> Node | None:
    """A linear operator with a bias; None for a product of matrices that can have none.

    A MatMul of two matrices becomes a Gemm, as runtimes do.
    """
    if node.input(_BIAS) is not None:
        return node
    weight = node.input(1)
    if weight is None:
        return None
    if node.op_type == "MatMul":
        ranks = {len(t.shape or ()) if t else 0 for t in (node.input(0), weight, node.output)}
        if ranks != {_MATRIX}:
            return None
        node = replace(node, op_type="Gemm", attributes={})
    channels = node.output.dims[channel_axis(node)]
    bias = constant(f"{node.name} bias", (channels,), replace(weight, storage=None))
    return replace(node, inputs=(node.input(0), weight, bias))


def shifts(nodes: Collection[Node]) -> bool:
    """Whether affine operators add something, not only multiply."""
    return any(node.op_type in SHIFTING for node in nodes)
