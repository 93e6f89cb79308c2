"""Elementwise operators: a table of what each costs per output element.

A simple operation (addition, product, division, comparison, selection, rounding,
conversion, logic) is one vector operation; a transcendental one (exp, log, sqrt, sin,
tanh, erf, pow, ...) is one special operation. Constants of the formula are folded.
"""

from __future__ import annotations

from collections.abc import Sequence

from costscope.dtypes import BOOL, from_onnx
from costscope.errors import ShapeError
from costscope.graph.dims import broadcast
from costscope.graph.types import Node, TensorType
from costscope.ops import Site, Slot, no_work, op, shape_of
from costscope.work import KernelKind, Work

_ELEMENTWISE = KernelKind.ELEMENTWISE

# One input: (vector operations, special operations) per element.
UNARY: dict[str, tuple[int, int]] = {
    "Abs": (1, 0),
    "Neg": (1, 0),
    "Sign": (1, 0),
    "Reciprocal": (1, 0),
    "Floor": (1, 0),
    "Ceil": (1, 0),
    "Round": (1, 0),
    "Not": (1, 0),
    "BitwiseNot": (1, 0),
    "IsNaN": (1, 0),
    "IsInf": (1, 0),
    "Sqrt": (0, 1),
    "Exp": (0, 1),
    "Log": (0, 1),
    "Erf": (0, 1),
    "Sin": (0, 1),
    "Cos": (0, 1),
    "Tan": (0, 1),
    "Asin": (0, 1),
    "Acos": (0, 1),
    "Atan": (0, 1),
    "Sinh": (0, 1),
    "Cosh": (0, 1),
    "Tanh": (0, 1),
    "Asinh": (0, 1),
    "Acosh": (0, 1),
    "Atanh": (0, 1),
    "Relu": (1, 0),  # max(x, 0)
    "ThresholdedRelu": (2, 0),  # x > a ? x : 0
    "LeakyRelu": (3, 0),  # x < 0 ? a*x : x
    "Shrink": (6, 0),  # x < -l ? x + b : x > l ? x - b : 0
    "HardSigmoid": (4, 0),  # min(1, max(0, a*x + b))
    "HardSwish": (5, 0),  # x * HardSigmoid(x)
    "Sigmoid": (3, 1),  # 1 / (1 + exp(-x))
    "Softsign": (3, 0),  # x / (1 + |x|)
    "Softplus": (1, 2),  # log(1 + exp(x))
    "Mish": (2, 3),  # x * tanh(Softplus(x))
    "Elu": (4, 1),  # x < 0 ? a * (exp(x) - 1) : x
    "Selu": (5, 1),  # g * (x < 0 ? a * (exp(x) - 1) : x)
    "Swish": (4, 1),  # x * Sigmoid(a*x)
    "Celu": (6, 1),  # max(x, 0) + min(a * (exp(x/a) - 1), 0)
}
# Several inputs, broadcast: per output element.
BROADCAST: dict[str, tuple[int, int]] = {
    "Add": (1, 0),
    "Sub": (1, 0),
    "Mul": (1, 0),
    "Div": (1, 0),
    "Mod": (1, 0),
    "Pow": (0, 1),
    "Equal": (1, 0),
    "Less": (1, 0),
    "Greater": (1, 0),
    "LessOrEqual": (1, 0),
    "GreaterOrEqual": (1, 0),
    "And": (1, 0),
    "Or": (1, 0),
    "Xor": (1, 0),
    "BitwiseAnd": (1, 0),
    "BitwiseOr": (1, 0),
    "BitwiseXor": (1, 0),
    "BitShift": (1, 0),
    "SwiGLU": (5, 1),  # a * Sigmoid(a) * b
    "PRelu": (3, 0),  # x < 0 ? a*x : x
}
# Any number of inputs: n - 1 operations per output element, and for Mean a division.
VARIADIC = ("Sum", "Mean", "Max", "Min")

_LOGICAL = ("Equal", "Less", "Greater", "LessOrEqual", "GreaterOrEqual", "And", "Or", "Xor")
_SLOTS = {"Pow": {1: Slot.SETTING}, "BitShift": {1: Slot.SETTING}}


def _register(op_type: str, vector: int, special: int) -> None:
    @op(op_type, kind=_ELEMENTWISE, slots=_SLOTS.get(op_type))
    def work(node: Node) -> Work:
        elements = node.output.elements
        return Work(vector_ops=vector * elements, special_ops=special * elements)


for _op_type, _cost in (UNARY | BROADCAST).items():
    _register(_op_type, *_cost)


@op(*VARIADIC, kind=_ELEMENTWISE)
def variadic(node: Node) -> Work:
    """One operation per output element and further input; Mean divides at the end."""
    each = len(node.inputs) - 1 + (node.op_type == "Mean")
    return Work(vector_ops=each * node.output.elements)


@op("Where", kind=_ELEMENTWISE)
def where(node: Node) -> Work:
    """One selection per output element."""
    return Work(vector_ops=node.output.elements)


@op("Clip", kind=_ELEMENTWISE, slots={1: Slot.SETTING, 2: Slot.SETTING})
def clip(node: Node) -> Work:
    """One comparison per element and bound that is given."""
    bounds = sum(
        node.input(slot) is not None or name in node.attributes
        for slot, name in ((1, "min"), (2, "max"))
    )
    return Work(vector_ops=bounds * node.output.elements)


@op("Cast", "CastLike", kind=_ELEMENTWISE, slots={1: Slot.SETTING})
def cast(node: Node) -> Work:
    """One conversion per element; none where the type stays."""
    source = node.input(0)
    same = source is not None and source.dtype == node.output.dtype
    return Work() if same else Work(vector_ops=node.output.elements)


op("BitCast", kind=KernelKind.VIEW)(no_work)


@op("Gelu", kind=_ELEMENTWISE)
def gelu(node: Node) -> Work:
    """x/2 * (1 + erf(x/sqrt(2))): 4 operations and 1 erf per element.

    The `tanh` approximation, x/2 * (1 + tanh(x * (c + d*x*x))), takes 7 and 1 tanh.
    """
    elements = node.output.elements
    vector = 7 if node.attributes.get("approximate", "none") == "tanh" else 4
    return Work(vector_ops=vector * elements, special_ops=elements)


@shape_of(
    *(name for name in UNARY if name not in ("IsNaN", "IsInf")),
    "Gelu",
    "Clip",
)
def same_shape(site: Site) -> Sequence[TensorType]:
    """Shape and type of the input."""
    return [TensorType(site.shape(0), site.input(0).dtype)]


@shape_of("IsNaN", "IsInf")
def predicate_shape(site: Site) -> Sequence[TensorType]:
    """Shape of the input, as booleans."""
    return [TensorType(site.shape(0), BOOL)]


@shape_of("Cast", "BitCast")
def cast_shape(site: Site) -> Sequence[TensorType]:
    """Shape of the input in the type that the attribute `to` names."""
    return [TensorType(site.shape(0), from_onnx(int(site.attributes.get("to", 0))))]


@shape_of("CastLike")
def cast_like_shape(site: Site) -> Sequence[TensorType]:
    """Shape of the first input, type of the second."""
    return [TensorType(site.shape(0), site.input(1).dtype)]


@shape_of(*(name for name in BROADCAST if name not in (*_LOGICAL, "PRelu", "SwiGLU")), *VARIADIC)
def broadcast_shape(site: Site) -> Sequence[TensorType]:
    """All inputs broadcast, in the type of the first."""
    return [TensorType(_broadcast(site), site.input(0).dtype)]


@shape_of(*_LOGICAL)
def logical_shape(site: Site) -> Sequence[TensorType]:
    """Both inputs broadcast, as booleans."""
    return [TensorType(_broadcast(site), BOOL)]


def _broadcast(site: Site) -> tuple[int, ...]:
    first = site.shape(0)
    if site.version < 7:  # the second operand was fitted to the first, if at all
        return first
    for slot in range(1, len(site.inputs)):
        other = site.shape(slot)
        if other != first:
            first = broadcast(first, other)
    return first


@shape_of("Where")
def where_shape(site: Site) -> Sequence[TensorType]:
    """All three inputs broadcast, in the type of the second."""
    shape = broadcast(site.shape(0), site.shape(1), site.shape(2))
    return [TensorType(shape, site.input(1).dtype)]


@shape_of("PRelu")
def prelu_shape(site: Site) -> Sequence[TensorType]:
    """Shape of the input, which the slope must expand to."""
    shape, slope = site.shape(0), site.shape(1)
    if site.version >= 7 and broadcast(shape, slope) != shape:
        raise ShapeError(f"a slope of shape {list(slope)} does not expand to {list(shape)}")
    return [TensorType(shape, site.input(0).dtype)]


@shape_of("SwiGLU")
def swiglu_shape(site: Site) -> Sequence[TensorType]:
    """Shape of the gate and of the value, which must be the same."""
    if site.shape(0) != site.shape(1):
        raise ShapeError(f"gate {list(site.shape(0))} and value {list(site.shape(1))} differ")
    return [TensorType(site.shape(0), site.input(0).dtype)]
