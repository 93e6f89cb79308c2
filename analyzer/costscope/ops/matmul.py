"""Matrix products, and the determinant."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod

from costscope.dtypes import INT32
from costscope.errors import ShapeError
from costscope.graph.dims import broadcast
from costscope.graph.types import Node, Shape, Tensor, TensorType
from costscope.ops import Site, Slot, op, shape_of
from costscope.work import KernelKind, Work

_Q = Slot.QUANTIZATION


def _is_weight(tensor: Tensor | None) -> bool:
    """Whether this is one constant matrix: leading sizes of 1 do not make it several."""
    return tensor is not None and tensor.constant and prod(tensor.dims[:-2]) == 1


def _kind_by(first: int, second: int) -> Callable[[Node], KernelKind]:
    """How the kind follows from the operands in these slots."""

    def kind(node: Node) -> KernelKind:
        """Fully connected if an operand is one constant matrix, else a batched product."""
        if _is_weight(node.input(second)) or _is_weight(node.input(first)):
            return KernelKind.FULLY_CONNECTED
        return KernelKind.BATCHED_MATMUL

    return kind


@op("MatMul", kind=_kind_by(0, 1))
def matmul(node: Node) -> Work:
    """Matrix product, batched over the leading axes.

    macs = elements(Y) * K; a vector stands for a matrix with one row or column.

    Shapes:
        A: (*B, M, K)    B: (*B, K, N)    Y: (*B, M, N)
    """
    return Work(macs=node.output.elements * node.shape(0)[-1])


@op("MatMulInteger", kind=_kind_by(0, 1), slots={2: _Q, 3: _Q})
def matmul_integer(node: Node) -> Work:
    """Matrix product of integers into 32 bits: the same MACs; zero points are not counted."""
    return matmul(node)


@op("QLinearMatMul", kind=_kind_by(0, 3), slots={1: _Q, 2: _Q, 4: _Q, 5: _Q, 6: _Q, 7: _Q})
def qlinear_matmul(node: Node) -> Work:
    """Matrix product of integers and the way back to 8 bits.

    macs as MatMul; 2 operations of requantization per output element (multiply by the
    combined scale, add the zero point).
    """
    return Work(matmul(node).macs, vector_ops=2 * node.output.elements)


@op("Gemm", kind=_kind_by(0, 1), slots={2: Slot.BIAS})
def gemm(node: Node) -> Work:
    """General matrix product alpha*A*B + beta*C.

    macs = M*N*K; one addition per output element for C, and one multiplication each for
    an alpha or a beta that is not 1.

    Shapes:
        A: (M, K)    B: (K, N)    C: expands to (M, N)    Y: (M, N)
    """
    inner = node.shape(0)[0 if node.attributes.get("transA", 0) else 1]
    per_output = int(node.attributes.get("alpha", 1.0) != 1.0)
    if node.input(2) is not None:
        per_output += 1 + int(node.attributes.get("beta", 1.0) != 1.0)
    return Work(node.output.elements * inner, vector_ops=node.output.elements * per_output)


@op("Det", kind=KernelKind.BATCHED_MATMUL)
def det(node: Node) -> Work:
    """Determinants by LU decomposition.

    Per matrix macs = (n-1)*n*(2n-1)/6, vector_ops = n*(n-1)/2 divisions and n-1 products.

    Shapes:
        X: (*B, n, n)    Y: (*B)
    """
    size = node.shape(0)[-1]
    macs = (size - 1) * size * (2 * size - 1) // 6
    divisions = size * (size - 1) // 2
    return Work(macs, vector_ops=divisions + max(size - 1, 0)) * node.output.elements


def product_shape(first: Shape, second: Shape) -> Shape:
    """The shape of a matrix product.

    Raises:
        ShapeError: a scalar, inner sizes that differ, or batches that cannot be broadcast.
    """
    left = first if len(first) != 1 else (1, *first)
    right = second if len(second) != 1 else (*second, 1)
    if not left or not right or left[-1] != right[-2]:
        raise ShapeError(f"{list(first)} cannot be multiplied by {list(second)} as matrices")
    batch = left[:-2] if left[:-2] == right[:-2] else broadcast(left[:-2], right[:-2])
    rows = () if len(first) == 1 else left[-2:-1]
    columns = () if len(second) == 1 else right[-1:]
    return (*batch, *rows, *columns)


@shape_of("MatMul")
def matmul_shape(site: Site) -> Sequence[TensorType]:
    """Rows of A, columns of B, batches broadcast."""
    return [TensorType(product_shape(site.shape(0), site.shape(1)), site.input(0).dtype)]


@shape_of("MatMulInteger")
def matmul_integer_shape(site: Site) -> Sequence[TensorType]:
    """As MatMul, in 32 bits."""
    return [TensorType(product_shape(site.shape(0), site.shape(1)), INT32)]


@shape_of("QLinearMatMul")
def qlinear_matmul_shape(site: Site) -> Sequence[TensorType]:
    """As MatMul, in the type of the output's zero point."""
    return [TensorType(product_shape(site.shape(0), site.shape(3)), site.input(7).dtype)]


@shape_of("Gemm")
def gemm_shape(site: Site) -> Sequence[TensorType]:
    """Rows of A and columns of B, either of them transposed first."""
    first, second = site.shape(0), site.shape(1)
    if len(first) != 2 or len(second) != 2:
        raise ShapeError(f"operands must be matrices, not {list(first)} and {list(second)}")
    rows, inner = first[::-1] if site.attributes.get("transA", 0) else first
    depth, columns = second[::-1] if site.attributes.get("transB", 0) else second
    if inner != depth:
        raise ShapeError(
            f"A gives {inner} values to a sum over {depth} of B: their shapes are "
            f"{list(first)} and {list(second)}"
        )
    shape = (rows, columns)
    if site.has(2):
        added = site.shape(2)
        if broadcast(shape, added) != shape:
            raise ShapeError(f"C of shape {list(added)} does not expand to {list(shape)}")
    return [TensorType(shape, site.input(0).dtype)]


@shape_of("Det")
def det_shape(site: Site) -> Sequence[TensorType]:
    """One number per square matrix."""
    shape = site.shape(0)
    if len(shape) < 2 or shape[-1] != shape[-2]:
        raise ShapeError(f"{list(shape)} does not hold square matrices")
    return [TensorType(shape[:-2], site.input(0).dtype)]
