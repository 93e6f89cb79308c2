"""onnxruntime's own matrix products of quantized values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any

from costscope.dtypes import FLOAT32, INT32
from costscope.errors import ShapeError
from costscope.graph.dims import broadcast
from costscope.graph.types import Node, Tensor, TensorType
from costscope.ops import MICROSOFT, Site, Slot, op, shape_of
from costscope.ops.contrib_elementwise import ACTIVATIONS, activation_work
from costscope.ops.contrib_matmul import gemm_depth, gemm_sizes, product_kind
from costscope.ops.matmul import product_shape
from costscope.work import KernelKind, Work

_Q = Slot.QUANTIZATION
_LSTM_ACTIVATIONS = ("Sigmoid", "Tanh", "Tanh")


def _kind_by(slot: int) -> Callable[[Node], KernelKind]:
    """How the kind follows from the second operand, in this slot."""

    def kind(node: Node) -> KernelKind:
        weight: Tensor | None = node.input(slot)
        fixed = weight is not None and weight.constant and prod(weight.dims[:-2]) == 1
        return KernelKind.FULLY_CONNECTED if fixed else KernelKind.BATCHED_MATMUL

    return kind


@op("QGemm", kind=_kind_by(3), domain=MICROSOFT,
    slots={1: _Q, 2: _Q, 4: _Q, 5: _Q, 6: Slot.BIAS, 7: _Q, 8: _Q})  # fmt: skip
def qgemm(node: Node) -> Work:
    """Matrix product of integers, a bias, and the way to 8 bits or to real numbers.

    macs = M*N*K; per output element 1 addition of C, 1 multiplication by the combined
    scale, and 1 addition of the output's zero point if there is one.

    Shapes:
        A: (M, K)    B: (K, N)    C: expands to (M, N)    Y: (M, N)
    """
    outputs = node.output.elements
    each = 1 + sum(node.input(slot) is not None for slot in (6, 8))
    return Work(outputs * gemm_depth(node), vector_ops=each * outputs)


@op("DynamicQuantizeMatMul", kind=product_kind, domain=MICROSOFT,
    slots={2: _Q, 3: _Q, 4: Slot.BIAS})  # fmt: skip
def dynamic_quantize_matmul(node: Node) -> Work:
    """A is quantized by its range, multiplied, and the result scaled back.

    macs as MatMul; 4 operations per element of A (as DynamicQuantizeLinear); per output
    element 1 multiplication by the combined scale and 1 addition of a bias.
    """
    rows, outputs = node.shape(0), node.output.elements
    each = 1 + (node.input(4) is not None)
    return Work(outputs * rows[-1], vector_ops=4 * prod(rows) + each * outputs)


@op("MatMulIntegerToFloat", kind=product_kind, domain=MICROSOFT,
    slots={2: _Q, 3: _Q, 4: _Q, 5: _Q, 6: Slot.BIAS})  # fmt: skip
def matmul_integer_to_float(node: Node) -> Work:
    """As MatMulInteger, then 1 multiplication by the scale and 1 addition of a bias."""
    outputs = node.output.elements
    each = 1 + (node.input(6) is not None)
    return Work(outputs * node.shape(0)[-1], vector_ops=each * outputs)


@op("MatMulInteger16", kind=product_kind, domain=MICROSOFT)
def matmul_integer16(node: Node) -> Work:
    """Matrix product of 16-bit integers into 32 bits: the MACs of MatMul."""
    return Work(node.output.elements * node.shape(0)[-1])


@op("QOrderedMatMul", kind=_kind_by(2), domain=MICROSOFT,
    slots={1: _Q, 3: _Q, 4: _Q, 5: Slot.BIAS, 7: _Q})  # fmt: skip
def qordered_matmul(node: Node) -> Work:
    """As MatMul; per output element 1 multiplication, and 1 addition for each of bias and C."""
    outputs = node.output.elements
    each = 1 + sum(node.input(slot) is not None for slot in (5, 6))
    return Work(outputs * node.shape(0)[-1], vector_ops=each * outputs)


@op("DynamicQuantizeLSTM", kind=KernelKind.RECURRENT, domain=MICROSOFT,
    slots={3: Slot.BIAS, 4: Slot.SETTING, **dict.fromkeys((8, 9, 10, 11), _Q)})  # fmt: skip
def dynamic_quantize_lstm(node: Node) -> Work:
    """As LSTM with 8-bit weights, whose inputs are quantized by their range at every step.

    Beside the work of LSTM, 4 operations quantize each of the I + H values that enter a
    step, and each of the two products is multiplied by its scale.

    Shapes:
        X: (T, N, I)    W: (D, I, 4*H)    R: (D, H, 4*H)    Y: (T, D, N, H)
    """
    (steps, batch, _), (directions, size, gates) = node.shape(0), node.shape(1)
    runs, hidden = steps * batch * directions, gates // 4
    vector = gates * (1 + (node.input(3) is not None)) + 4 * hidden
    vector += 6 * hidden * (node.input(7) is not None)
    quantizing = 4 * (size + hidden) + 2 * gates
    return Work(
        macs=runs * gates * (size + hidden), vector_ops=runs * (vector + quantizing)
    ) + _lstm_activations(node, runs * hidden)


def _lstm_activations(node: Node, units: int) -> Work:
    """Three gates, the new cell and the output each have an activation."""
    names = _lstm_names(node.attributes)
    work = Work()
    for name, uses in zip(names, (3, 1, 1), strict=False):
        work += activation_work(name, uses * units)
    return work


def _lstm_names(attributes: Mapping[str, Any]) -> Sequence[str]:
    return [str(name) for name in attributes.get("activations", ()) or _LSTM_ACTIVATIONS]


@shape_of("QGemm", domain=MICROSOFT)
def qgemm_shape(site: Site) -> Sequence[TensorType]:
    """Rows of A and columns of B; 8 bits if the output has a zero point, else float32."""
    shape = gemm_sizes(site, 0, 3)
    if site.has(6) and broadcast(shape, site.shape(6)) != shape:
        raise ShapeError(f"C of shape {list(site.shape(6))} does not expand to {list(shape)}")
    return [TensorType(shape, site.input(8).dtype if site.has(8) else FLOAT32)]


@shape_of("DynamicQuantizeMatMul", "MatMulIntegerToFloat", "MatMulInteger16", domain=MICROSOFT)
def integer_matmul_shape(site: Site) -> Sequence[TensorType]:
    """As MatMul; real numbers in the type of the scales, or 32-bit integers."""
    shape = product_shape(site.shape(0), site.shape(1))
    dtype = INT32 if site.op_type == "MatMulInteger16" else site.input(2).dtype
    return [TensorType(shape, dtype)]


@shape_of("QOrderedMatMul", domain=MICROSOFT)
def qordered_matmul_shape(site: Site) -> Sequence[TensorType]:
    """As MatMul; B lies transposed if its order is by columns (0)."""
    second = site.shape(2)
    if not site.attributes.get("order_B", 1):
        second = (*second[:-2], *second[:-3:-1])
    return [TensorType(product_shape(site.shape(0), second), site.input(0).dtype)]


@shape_of("DynamicQuantizeLSTM", domain=MICROSOFT)
def dynamic_quantize_lstm_shape(site: Site) -> Sequence[TensorType]:
    """All hidden states, the last one, and the last cell state."""
    (steps, batch, size), (directions, rows, gates) = site.shape(0), site.shape(1)
    hidden = int(site.attributes.get("hidden_size", gates // 4))
    if rows != size or gates != 4 * hidden or hidden < 1:
        raise ShapeError(f"W of shape {list(site.shape(1))} for {size} inputs, {hidden} hidden")
    unknown = [name for name in _lstm_names(site.attributes) if name.lower() not in ACTIVATIONS]
    if unknown:
        raise ShapeError(f"its activation {unknown[0]!r} is none that is known")
    last = TensorType((directions, batch, hidden), FLOAT32)
    return [TensorType((steps, directions, batch, hidden), FLOAT32), last, last]
