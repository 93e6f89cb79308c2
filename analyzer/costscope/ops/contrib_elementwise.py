"""onnxruntime's own elementwise operators: activations with a bias, gates, complex products.

Counted as in `elementwise`: by operations per output element.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from costscope.errors import ShapeError
from costscope.graph.dims import broadcast
from costscope.graph.types import Node, TensorType
from costscope.ops import MICROSOFT, Site, Slot, WorkRule, op, shape_of
from costscope.ops.elementwise import UNARY
from costscope.work import KernelKind, Work

_ELEMENTWISE = KernelKind.ELEMENTWISE

# Activations by the names that attributes of fused operators give them, in lower case:
# (vector operations, special operations) per element.
ACTIVATIONS: Mapping[str, tuple[int, int]] = {
    **{name.lower(): cost for name, cost in UNARY.items()},
    "": (0, 0),
    "none": (0, 0),
    "identity": (0, 0),
    "clip": (2, 0),  # min(max(x, a), b)
    "affine": (2, 0),  # a*x + b
    "scaledtanh": (2, 1),  # a * tanh(b*x)
    "softmax": (4, 1),  # exp(x - max) / sum
    "silu": (4, 1),  # x * Sigmoid(x)
    "quickgelu": (4, 1),  # x * Sigmoid(a*x)
    "gelu": (4, 1),  # x/2 * (1 + erf(x/sqrt(2)))
    "fastgelu": (7, 1),  # x/2 * (1 + tanh(x * (c + d*x*x)))
    "swiglu": (5, 1),  # a * Sigmoid(a) * b
}

# Per output element.
_COSTS: Mapping[str, tuple[int, int]] = {
    "Gelu": (4, 1),
    "QuickGelu": (4, 1),
    "BiasGelu": (5, 1),
    "ScaledSiLU": (5, 1),  # scaled before
    "BiasAdd": (2, 0),  # a bias and a residual
    "GatedAdd": (2, 0),  # x + y*gate
    "ComplexMul": (3, 0),  # each part of (a+bi)(c+di): two products and a sum
    "ComplexMulConj": (3, 0),
    "BiasSplitGelu": (7, 1),  # two biases, gelu, a product
    "QOrderedGelu": (8, 1),  # back to real numbers, gelu, and quantized again
}
_SLOTS: Mapping[str, Mapping[int, Slot]] = {
    "BiasGelu": {1: Slot.BIAS},
    "BiasAdd": {1: Slot.BIAS},
    "BiasSplitGelu": {1: Slot.BIAS},
    "ScaledSiLU": {1: Slot.SETTING},
    "QOrderedGelu": {1: Slot.QUANTIZATION, 2: Slot.QUANTIZATION},
}


def activation_work(name: str, elements: int) -> Work:
    """Work of an activation that is fused into another operator.

    Args:
        name: as an attribute gives it; case does not matter.
        elements: how many values it is applied to.

    Raises:
        KeyError: an activation that is not in the table; `check_activation` refuses it first.
    """
    vector, special = ACTIVATIONS[name.lower()]
    return Work(vector_ops=vector * elements, special_ops=special * elements)


def check_activation(site: Site, attribute: str = "activation") -> None:
    """Refuse a fused activation that has no formula.

    Raises:
        ShapeError: it is not in the table.
    """
    name = str(site.attributes.get(attribute, ""))
    if name.lower() not in ACTIVATIONS:
        raise ShapeError(f"its {attribute} {name!r} is none that is known")


def per_element(vector: int, special: int = 0) -> WorkRule:
    """A formula: so many simple and special operations for each output element."""

    def work(node: Node) -> Work:
        elements = node.output.elements
        return Work(vector_ops=vector * elements, special_ops=special * elements)

    work.__doc__ = f"{vector} simple and {special} special operations for each output element."
    return work


for _op_type, _cost in _COSTS.items():
    op(_op_type, kind=_ELEMENTWISE, domain=MICROSOFT, slots=_SLOTS.get(_op_type))(
        per_element(*_cost)
    )


@op("FastGelu", kind=_ELEMENTWISE, domain=MICROSOFT, slots={1: Slot.BIAS})
def fast_gelu(node: Node) -> Work:
    """Gelu by tanh: 7 operations and 1 tanh an element, 8 with a bias."""
    elements = node.output.elements
    return Work(vector_ops=(7 + (node.input(1) is not None)) * elements, special_ops=elements)


@op(
    "BiasDropout",
    "BitmaskBiasDropout",
    kind=_ELEMENTWISE,
    domain=MICROSOFT,
    slots={1: Slot.BIAS, 3: Slot.SETTING, 4: Slot.SETTING},
)
def bias_dropout(node: Node) -> Work:
    """A bias, and a residual if it is given; in inference nothing is dropped."""
    return Work(vector_ops=(1 + (node.input(2) is not None)) * node.output.elements)


@op("LinearAttentionGate", kind=_ELEMENTWISE, domain=MICROSOFT, slots={1: Slot.BIAS})
def linear_attention_gate(node: Node) -> Work:
    """The decay, scale * Softplus(a + bias), and where b is given, Sigmoid(b).

    vector_ops = elements * 3, special_ops = elements * 2; with b 3 and 1 more.
    """
    elements, gated = node.output.elements, node.input(3) is not None
    return Work(vector_ops=(3 + 3 * gated) * elements, special_ops=(2 + gated) * elements)


@shape_of(
    "Gelu", "QuickGelu", "FastGelu", "ScaledSiLU", "BiasAdd", "GatedAdd", "QOrderedGelu",
    domain=MICROSOFT,
)  # fmt: skip
def same_shape(site: Site) -> Sequence[TensorType]:
    """One output of the first input's shape and element type."""
    return [TensorType(site.shape(0), site.input(0).dtype)]


@shape_of("BiasGelu", "ComplexMul", "ComplexMulConj", domain=MICROSOFT)
def broadcast_shape(site: Site) -> Sequence[TensorType]:
    """Both inputs broadcast, in the type of the first."""
    return [TensorType(broadcast(site.shape(0), site.shape(1)), site.input(0).dtype)]


@shape_of("BiasSplitGelu", domain=MICROSOFT)
def bias_split_gelu_shape(site: Site) -> Sequence[TensorType]:
    """Left half of the last axis times gelu of its right half."""
    shape = site.shape(0)
    if not shape or shape[-1] % 2:
        raise ShapeError(f"the last axis of {list(shape)} cannot be halved")
    return [TensorType((*shape[:-1], shape[-1] // 2), site.input(0).dtype)]


@shape_of("LinearAttentionGate", domain=MICROSOFT)
def linear_attention_gate_shape(site: Site) -> Sequence[TensorType]:
    """The decay's and the update rate's shape: the input's, twice."""
    return [*same_shape(site), *same_shape(site)]
