"""onnxruntime's products with weights of a few bits, several packed into one stored byte.

Traffic counts the bytes as they are stored. A count of parameters must count the weights
inside: `elements` says how many there are (ask `costscope.ops.packed_elements`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

from costscope.dtypes import UINT8
from costscope.errors import ShapeError
from costscope.graph.dims import axis_of
from costscope.graph.types import Node, Shape, TensorType
from costscope.ops import MICROSOFT, Site, Slot, op, shape_of
from costscope.ops.contrib_elementwise import activation_work, check_activation
from costscope.work import KernelKind, Work

_Q = Slot.QUANTIZATION
_FULL = KernelKind.FULLY_CONNECTED


def _held(node: Node, width: str = "N") -> int:
    """Weights of one matrix: inputs times outputs."""
    return int(node.attributes["K"]) * int(node.attributes[width])


def _bias(node: Node, *slots: int) -> int:
    return sum(node.input(slot) is not None for slot in slots)


@op("MatMulNBits", kind=_FULL, domain=MICROSOFT, elements=lambda node: {1: _held(node)},
    slots={2: _Q, 3: _Q, 4: Slot.SETTING, 5: Slot.BIAS})  # fmt: skip
def matmul_nbits(node: Node) -> Work:
    """Product with a matrix of 2-, 4- or 8-bit weights, scaled block by block.

    macs = rows * K * N; vector_ops = 2 * K * N to bring each weight back to a real number
    (subtract the zero point, multiply by the scale), once a run, and rows * N for a bias.

    Shapes:
        A: (*R, K)    B: (N, K/block, block*bits/8) bytes    scales: (N, K/block)    Y: (*R, N)
    """
    outputs = node.output.elements
    return Work(
        macs=outputs * int(node.attributes["K"]),
        vector_ops=2 * _held(node) + _bias(node, 5) * outputs,
    )


@op("MatMulBnb4", kind=_FULL, domain=MICROSOFT, slots={2: _Q},
    elements=lambda node: {1: _held(node)})  # fmt: skip
def matmul_bnb4(node: Node) -> Work:
    """Product with 4-bit weights looked up in a table of 16 values.

    macs = rows * K * N; vector_ops = K * N multiplications by the scale of the block.
    """
    return Work(node.output.elements * int(node.attributes["K"]), vector_ops=_held(node))


@op("MatMulFpQ4", kind=_FULL, domain=MICROSOFT, slots={2: Slot.SETTING},
    elements=lambda node: {1: node.shape(0)[-1] * node.output.dims[-1]})  # fmt: skip
def matmul_fpq4(node: Node) -> Work:
    """Product with a blob of 4-bit weights and their scales, counted as MatMulNBits."""
    depth = node.shape(0)[-1]
    return Work(node.output.elements * depth, vector_ops=2 * depth * node.output.dims[-1])


@op("MatMulBlockQuantizedFp4Weight", kind=_FULL, domain=MICROSOFT,
    slots={2: _Q, 3: _Q, 4: _Q, 5: Slot.BIAS},
    elements=lambda node: {1: 2 * prod(node.shape(1))})  # fmt: skip
def matmul_fp4(node: Node) -> Work:
    """Product with 4-bit floats: each weight is multiplied by the scale of its block."""
    outputs, depth = node.output.elements, node.shape(0)[-1]
    vector = depth * node.shape(1)[0] + _bias(node, 5) * outputs
    return Work(outputs * depth, vector_ops=vector)


@op("MatMulBlockQuantizedFp8Weight", kind=_FULL, domain=MICROSOFT,
    slots={2: _Q, 3: _Q, 4: Slot.BIAS})  # fmt: skip
def matmul_fp8(node: Node) -> Work:
    """Product with 8-bit floats: each weight is multiplied by the scale of its block.

    A scale of the activations adds 2 operations for each element of A.
    """
    outputs, depth = node.output.elements, node.shape(0)[-1]
    scaled = 2 * prod(node.shape(0)) if node.input(3) is not None else 0
    vector = prod(node.shape(1)) + scaled + _bias(node, 4) * outputs
    return Work(outputs * depth, vector_ops=vector)


@op("MatMulNBitsMlp", kind=_FULL, domain=MICROSOFT,
    slots={4: _Q, 5: Slot.BIAS, 7: _Q, 8: Slot.BIAS},
    elements=lambda node: {3: _held(node), 6: _held(node)})  # fmt: skip
def matmul_nbits_mlp(node: Node) -> Work:
    """Two products with the same input, one through an activation, multiplied together.

    macs = 2 * rows * K * N; as MatMulNBits for each, then the activation and one product
    per output element; a normalization before them as in `_normalized`.
    """
    outputs, depth = node.output.elements, int(node.attributes["K"])
    products = Work(2 * outputs * depth, vector_ops=4 * _held(node))
    after = Work(vector_ops=(1 + _bias(node, 5, 8)) * outputs)
    gate = activation_work(str(node.attributes.get("activation", "")), outputs)
    return products + after + gate + _normalized(node)


@op("MatMulNBitsQkv", kind=_FULL, domain=MICROSOFT,
    slots={4: _Q, 5: Slot.BIAS, 7: _Q, 8: Slot.BIAS, 10: _Q, 11: Slot.BIAS},
    elements=lambda node: dict(zip((3, 6, 9), _held_qkv(node), strict=True)))  # fmt: skip
def matmul_nbits_qkv(node: Node) -> Work:
    """Normalization, and three products with its result.

    macs = rows * K * (Nq + 2*Nkv); as MatMulNBits for each.
    """
    depth, outputs = int(node.attributes["K"]), [tensor.elements for tensor in node.outputs[:3]]
    biases = sum(
        count for slot, count in zip((5, 8, 11), outputs, strict=False) if _bias(node, slot)
    )
    dequantized = 2 * sum(_held_qkv(node))
    return Work(depth * sum(outputs), vector_ops=dequantized + biases) + _normalized(node)


def _held_qkv(node: Node) -> tuple[int, int, int]:
    return _held(node, "Nq"), _held(node, "Nkv"), _held(node, "Nkv")


def _normalized(node: Node) -> Work:
    """Root-mean-square normalization before the products, if there is one.

    Per element 4 operations and 1 for a residual, per row 3 and a square root.
    """
    if node.input(2) is None:
        return Work()
    shape = node.shape(0)
    rows = prod(shape[:-1])
    each = 4 + (node.input(1) is not None)
    return Work(vector_ops=each * prod(shape) + 3 * rows, special_ops=rows)


def _rows_read(node: Node) -> Mapping[int, int]:
    """At most as many stored elements as hold the values that come out."""
    return {0: min(prod(node.shape(0)), -(-node.output.elements // _per_element(node)))}


def _per_element(node: Node) -> int:
    """Values in one stored element: bytes hold 8/bits of them, other types one."""
    table = node.input(0)
    if table is None or table.dtype != UINT8:
        return 1
    return 8 // int(node.attributes.get("bits", 4))


@op("GatherBlockQuantized", kind=KernelKind.GATHER, domain=MICROSOFT, reads=_rows_read,
    slots={1: Slot.SETTING, 2: _Q, 3: _Q},
    elements=lambda node: {0: prod(node.shape(0)) * _per_element(node)})  # fmt: skip
def gather_block_quantized(node: Node) -> Work:
    """Rows of a quantized table, brought back to real numbers: 2 operations a value."""
    return Work(vector_ops=2 * node.output.elements)


@shape_of("MatMulNBits", "MatMulBnb4", domain=MICROSOFT)
def matmul_nbits_shape(site: Site) -> Sequence[TensorType]:
    """A with its last axis of K replaced by N."""
    return [TensorType(_wide(site, int(site.attributes["N"])), site.input(0).dtype)]


@shape_of("MatMulBlockQuantizedFp4Weight", "MatMulBlockQuantizedFp8Weight", domain=MICROSOFT)
def block_quantized_shape(site: Site) -> Sequence[TensorType]:
    """A with its last axis replaced by the rows of the weight."""
    shape, weight = site.shape(0), site.shape(1)
    held = weight[-1] * (2 if "Fp4" in site.op_type else 1)
    if len(weight) != 2 or not shape or shape[-1] not in (held, held - 1):
        raise ShapeError(f"a weight of shape {list(weight)} for an input {list(shape)}")
    return [TensorType((*shape[:-1], weight[0]), site.input(0).dtype)]


@shape_of("MatMulFpQ4", domain=MICROSOFT)
def matmul_fpq4_shape(site: Site) -> Sequence[TensorType]:
    """Rows of A, columns that the constant shape of B names."""
    sizes = site.ints(2)
    if sizes is None or len(sizes) != 2 or site.shape(0)[-1:] != (sizes[0],):
        raise ShapeError(f"B of shape {sizes} for an input {list(site.shape(0))}")
    return [TensorType((*site.shape(0)[:-1], sizes[1]), site.input(0).dtype)]


@shape_of("MatMulNBitsMlp", domain=MICROSOFT)
def matmul_nbits_mlp_shape(site: Site) -> Sequence[TensorType]:
    """A with N columns; the sum with the residual."""
    check_activation(site)
    dtype = site.input(0).dtype
    wide = _wide(site, int(site.attributes["N"]))
    return [TensorType(wide, dtype), TensorType(site.shape(0), dtype)]


@shape_of("MatMulNBitsQkv", domain=MICROSOFT)
def matmul_nbits_qkv_shape(site: Site) -> Sequence[TensorType]:
    """Queries, keys, values; the sum with the residual."""
    widths = [int(site.attributes[name]) for name in ("Nq", "Nkv", "Nkv")]
    dtype = site.input(0).dtype
    outputs = [TensorType(_wide(site, width), dtype) for width in widths]
    return [*outputs, TensorType(site.shape(0), dtype)]


def _wide(site: Site, width: int) -> Shape:
    """The input's rows in another width; its own must be K."""
    shape, depth = site.shape(0), int(site.attributes["K"])
    if shape[-1:] != (depth,) or width < 1:
        raise ShapeError(f"an input of shape {list(shape)} for weights of {depth} x {width}")
    return (*shape[:-1], width)


@shape_of("GatherBlockQuantized", domain=MICROSOFT)
def gather_block_quantized_shape(site: Site) -> Sequence[TensorType]:
    """The table's shape with the indices' in place of the gathered axis.

    Bytes hold several values along their last axis, which unfolds.
    """
    table, indices = list(site.shape(0)), site.shape(1)
    axis = axis_of(int(site.attributes.get("gather_axis", 0)), len(table))
    if site.input(0).dtype == UINT8:
        bits = int(site.attributes.get("bits", 4))
        if bits not in (2, 4, 8):
            raise ShapeError(f"weights of {bits} bits do not fit into bytes")
        table[-1] *= 8 // bits
    return [TensorType((*table[:axis], *indices, *table[axis + 1 :]), site.input(2).dtype)]
