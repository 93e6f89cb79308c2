"""onnxruntime's own elementwise operators: activations with a bias, gates, complex products."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from costscope.errors import ShapeError
from costscope.graph.types import Node, Shape, TensorType
from costscope.ops import MICROSOFT, Site, Slot, WorkRule, op, shape_of
from costscope.work import NO_WORK, KernelKind, Work

# Of an activation, by the name that fused operators carry: simple and special operations
# of one element.
ACTIVATIONS: Mapping[str, Work] = {
    "": NO_WORK,
    "none": NO_WORK,
    "identity": NO_WORK,
    "relu": Work(vector_ops=1),
    "leakyrelu": Work(vector_ops=2),
    "clip": Work(vector_ops=2),
    "hardsigmoid": Work(vector_ops=4),
    "sigmoid": Work(vector_ops=2, special_ops=1),
    "tanh": Work(special_ops=1),
    "softmax": Work(vector_ops=4, special_ops=1),
    "silu": Work(vector_ops=3, special_ops=1),
    "swish": Work(vector_ops=3, special_ops=1),
    "swiglu": Work(vector_ops=4, special_ops=1),
    "quickgelu": Work(vector_ops=4, special_ops=1),
    "gelu": Work(vector_ops=4, special_ops=1),
    "fastgelu": Work(vector_ops=7, special_ops=1),
}


def activation_work(name: str, elements: int) -> Work:
    """Work of an activation that is fused into another operator.

    Args:
        name: as the attribute gives it; case does not matter.
        elements: how many values it is applied to.

    Raises:
        ValueError: an activation that is not in the table.
    """
    each = ACTIVATIONS.get(name.lower())
    if each is None:
        raise ValueError(f"unknown activation {name!r}")
    return each * elements


def check_activation(site: Site, attribute: str = "activation") -> None:
    """Refuse a fused activation that has no formula.

    Raises:
        ShapeError: it is not in the table.
    """
    name = str(site.attributes.get(attribute, ""))
    if name.lower() not in ACTIVATIONS:
        known = ", ".join(sorted(key for key in ACTIVATIONS if key))
        raise ShapeError(f"its {attribute} {name!r} is not known; known are {known}")


def per_element(vector: int, special: int = 0) -> WorkRule:
    """A formula: so many simple and special operations for each output element."""

    def work(node: Node) -> Work:
        return Work(vector_ops=vector, special_ops=special) * node.output.elements

    return work


def broadcast(*shapes: Shape) -> Shape:
    """The common shape of tensors that are combined element by element.

    Raises:
        ValueError: shapes that do not fit together.
    """
    return tuple(int(dim) for dim in np.broadcast_shapes(*shapes))


# Gelu in its three forms: x/2 * (1 + erf(x/sqrt 2)); with tanh of a cubic; x * sigmoid(a*x).
op("Gelu", kind=KernelKind.ELEMENTWISE, domain=MICROSOFT)(per_element(4, 1))
op("QuickGelu", kind=KernelKind.ELEMENTWISE, domain=MICROSOFT)(per_element(4, 1))
op("BiasGelu", kind=KernelKind.ELEMENTWISE, domain=MICROSOFT, slots={1: Slot.BIAS})(
    per_element(5, 1)
)
# Scale, then x * sigmoid(x).
op("ScaledSiLU", kind=KernelKind.ELEMENTWISE, domain=MICROSOFT, slots={1: Slot.SETTING})(
    per_element(4, 1)
)
# Bias and residual; product and sum; real and imaginary part of (a+bi)(c+di), a sum of two
# products for each output element.
op("BiasAdd", kind=KernelKind.ELEMENTWISE, domain=MICROSOFT, slots={1: Slot.BIAS})(per_element(2))
op("GatedAdd", kind=KernelKind.ELEMENTWISE, domain=MICROSOFT)(per_element(2))
op("ComplexMul", "ComplexMulConj", kind=KernelKind.ELEMENTWISE, domain=MICROSOFT)(per_element(3))


@op("FastGelu", kind=KernelKind.ELEMENTWISE, domain=MICROSOFT, slots={1: Slot.BIAS})
def fast_gelu(node: Node) -> Work:
    """Gelu by tanh of a cubic: x * x * b + a, times x, tanh, + 1, times x, halved; plus a bias.

    vector_ops = elements * 7 (8 with a bias), special_ops = elements
    """
    extra = 1 if node.input(1) is not None else 0
    return Work(vector_ops=7 + extra, special_ops=1) * node.output.elements


@op("BiasSplitGelu", kind=KernelKind.ELEMENTWISE, domain=MICROSOFT, slots={1: Slot.BIAS})
def bias_split_gelu(node: Node) -> Work:
    """Left half times gelu of the right half, both with a bias.

    vector_ops = elements(X) + elements(Y) * (4 + 1), special_ops = elements(Y)

    Shapes:
        X: (N, S, D)    bias: (D,)    Y: (N, S, D/2)
    """
    half = node.output.elements
    return Work(vector_ops=2 * half + 5 * half, special_ops=half)


@op(
    "BiasDropout", "BitmaskBiasDropout", kind=KernelKind.ELEMENTWISE, domain=MICROSOFT,
    slots={1: Slot.BIAS, 3: Slot.SETTING, 4: Slot.SETTING},
)
def bias_dropout(node: Node) -> Work:
    """Bias and residual; in inference nothing is dropped."""
    return Work(vector_ops=1 + (node.input(2) is not None)) * node.output.elements


@op("LinearAttentionGate", kind=KernelKind.ELEMENTWISE, domain=MICROSOFT)
def linear_attention_gate(node: Node) -> Work:
    """Scale times softplus(a + bias); beside it sigmoid(b) where it is given.

    vector_ops = elements * (add, add 1, multiply), special_ops = elements * (exp, log);
    with b 2 vector_ops and 1 special_op more.
    """
    gates = ACTIVATIONS["sigmoid"] if node.input(3) is not None else NO_WORK
    return (Work(vector_ops=3, special_ops=2) + gates) * node.output.elements


@shape_of(
    "Gelu", "QuickGelu", "FastGelu", "ScaledSiLU", "BiasAdd", "GatedAdd", domain=MICROSOFT
)
def unchanged(site: Site) -> Sequence[TensorType]:
    """One output of the first input's shape and element type."""
    return [TensorType(site.shape(0), site.input(0).dtype)]


@shape_of("BiasGelu", "ComplexMul", "ComplexMulConj", domain=MICROSOFT)
def broadcast_shape(site: Site) -> Sequence[TensorType]:
    """The two inputs' common shape."""
    return [TensorType(broadcast(site.shape(0), site.shape(1)), site.input(0).dtype)]


@shape_of("BiasSplitGelu", domain=MICROSOFT)
def bias_split_gelu_shape(site: Site) -> Sequence[TensorType]:
    """Half of the last axis."""
    *outer, width = site.shape(0)
    if width % 2:
        raise ShapeError(f"its last axis of {width} cannot be halved")
    return [TensorType((*outer, width // 2), site.input(0).dtype)]


@shape_of("LinearAttentionGate", domain=MICROSOFT)
def linear_attention_gate_shape(site: Site) -> Sequence[TensorType]:
    """Decay like a, and update rate like b."""
    return [*unchanged(site), *unchanged(site)]
