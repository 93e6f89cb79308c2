"""onnxruntime's own matrix products: transposed, scaled, with an activation behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

from costscope.dtypes import from_onnx
from costscope.errors import ShapeError
from costscope.graph.dims import broadcast
from costscope.graph.types import Node, Shape, TensorType
from costscope.ops import MICROSOFT, Site, Slot, op, shape_of
from costscope.ops.contrib_elementwise import activation_work, check_activation
from costscope.ops.matmul import product_shape
from costscope.work import KernelKind, Work

_Q = Slot.QUANTIZATION


def product_kind(node: Node) -> KernelKind:
    """Fully connected if one of the first two operands is one constant matrix."""
    for tensor in node.inputs[:2]:
        if tensor is not None and tensor.constant and prod(tensor.dims[:-2]) == 1:
            return KernelKind.FULLY_CONNECTED
    return KernelKind.BATCHED_MATMUL


@op("FusedMatMul", "FusedMatMulActivation", "TransposeMatMul", kind=product_kind, domain=MICROSOFT)
def fused_matmul(node: Node) -> Work:
    """Matrix product of operands that are transposed as they are read.

    macs = elements(Y) * K; one multiplication per output element for an alpha that is not
    1, and the operations of the activation.

    Shapes:
        A: (*B, M, K)    B: (*B, K, N)    Y: (*B, M, N), all before transposition
    """
    outputs = node.output.elements
    scaled = outputs * int(node.attributes.get("alpha", 1.0) != 1.0)
    inner = (_turned(node.shape(0), node.attributes, "A") or (1,))[-1]
    return Work(macs=outputs * inner, vector_ops=scaled) + _activation(node)


@op("SparseToDenseMatMul", kind=product_kind, domain=MICROSOFT)
def sparse_matmul(node: Node) -> Work:
    """Product with a sparse matrix, counted as if it were dense: an upper bound."""
    return fused_matmul(node)


@op("FusedGemm", kind=product_kind, domain=MICROSOFT, slots={2: Slot.BIAS})
def fused_gemm(node: Node) -> Work:
    """As Gemm, with an activation behind.

    macs = M*N*K; per output element 1 addition for C, 1 multiplication for each of alpha
    and beta that is not 1, and the activation.
    """
    outputs = node.output.elements
    each = int(node.attributes.get("alpha", 1.0) != 1.0)
    if node.input(2) is not None:
        each += 1 + int(node.attributes.get("beta", 1.0) != 1.0)
    return Work(outputs * gemm_depth(node), vector_ops=each * outputs) + _activation(node)


@op("GemmFloat8", kind=product_kind, domain=MICROSOFT,
    slots={2: Slot.BIAS, 3: _Q, 4: _Q, 5: _Q})  # fmt: skip
def gemm_float8(node: Node) -> Work:
    """As FusedGemm; scales fold into one multiplication per output element."""
    scaled = int(any(node.input(slot) is not None for slot in (3, 4, 5)))
    return fused_gemm(node) + Work(vector_ops=scaled * node.output.elements)


@op("GemmFastGelu", kind=product_kind, domain=MICROSOFT, slots={2: Slot.BIAS})
def gemm_fast_gelu(node: Node) -> Work:
    """Matrix product, a bias, and gelu by tanh: 7 operations and 1 tanh an element."""
    outputs = node.output.elements
    added = Work(vector_ops=outputs * int(node.input(2) is not None))
    macs = Work(macs=outputs * node.shape(0)[-1])
    return macs + added + activation_work("fastgelu", outputs)


@shape_of(
    "FusedMatMul", "FusedMatMulActivation", "TransposeMatMul", "SparseToDenseMatMul",
    domain=MICROSOFT,
)  # fmt: skip
def fused_matmul_shape(site: Site) -> Sequence[TensorType]:
    """Rows of A, columns of B, batches broadcast, after both are transposed."""
    check_activation(site)
    first = _turned(site.shape(0), site.attributes, "A")
    second = _turned(site.shape(1), site.attributes, "B")
    return [TensorType(product_shape(first, second), site.input(1).dtype)]


@shape_of("FusedGemm", "GemmFloat8", domain=MICROSOFT)
def fused_gemm_shape(site: Site) -> Sequence[TensorType]:
    """Rows of A and columns of B; GemmFloat8 names its output's element type."""
    check_activation(site)
    shape = gemm_sizes(site, 0, 1)
    if site.has(2) and broadcast(shape, site.shape(2)) != shape:
        raise ShapeError(f"C of shape {list(site.shape(2))} does not expand to {list(shape)}")
    dtype = site.input(0).dtype
    if site.op_type == "GemmFloat8":
        dtype = from_onnx(int(site.attributes.get("dtype", 1)))
    return [TensorType(shape, dtype)]


@shape_of("GemmFastGelu", domain=MICROSOFT)
def gemm_fast_gelu_shape(site: Site) -> Sequence[TensorType]:
    """Rows of X, columns of W."""
    return [TensorType(product_shape(site.shape(0), site.shape(1)), site.input(0).dtype)]


def gemm_sizes(site: Site, first: int, second: int) -> Shape:
    """Sizes of a product of the matrices in two slots, either of them transposed first.

    Raises:
        ShapeError: they are no matrices, or do not fit.
    """
    left, right = site.shape(first), site.shape(second)
    if len(left) != 2 or len(right) != 2:
        raise ShapeError(f"operands must be matrices, not {list(left)} and {list(right)}")
    left = left[::-1] if site.attributes.get("transA", 0) else left
    right = right[::-1] if site.attributes.get("transB", 0) else right
    return product_shape(left, right)


def gemm_depth(node: Node) -> int:
    """Length of the sums of a Gemm-like operator whose first input is A."""
    return node.shape(0)[0 if node.attributes.get("transA", 0) else 1]


def _turned(shape: Shape, attributes: Mapping[str, Any], side: str) -> Shape:
    """An operand's shape after the transpositions that its attributes ask for.

    `transBatch` takes the first axis behind the other batch axes, (d0, d1, ..., dn, c)
    becoming (d1, ..., dn, d0, c); `trans` then swaps the last two.
    """
    if len(shape) < 2:
        return shape
    if attributes.get(f"transBatch{side}", 0):
        shape = (*shape[1:-1], shape[0], shape[-1])
    if attributes.get(f"trans{side}", 0):
        shape = (*shape[:-2], shape[-1], shape[-2])
    return shape


def _activation(node: Node) -> Work:
    return activation_work(str(node.attributes.get("activation", "")), node.output.elements)
