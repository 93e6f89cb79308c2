"""Products of matrices: tiles of rows and columns, and packing of the second operand."""

from __future__ import annotations

from math import ceil, prod

from costscope.graph.types import Node, Tensor
from costscope.kernels.types import Kernel
from costscope.timing.terms import Terms, terms
from costscope.timing.terms.conv import convolution
from costscope.timing.terms.memory import main_node, moved, operator, plain, typed
from costscope.timing.terms.place import Place
from costscope.work import KernelKind

_DEPTH = 128  # of the second operand that is multiplied at a time
_PRODUCTS = {
    "MatMul": (0, 1),
    "Gemm": (0, 1),
    "FusedGemm": (0, 1),
    "FusedMatMul": (0, 1),
    "MatMulInteger": (0, 1),
    "DynamicQuantizeMatMul": (0, 1),
    "MatMulIntegerToFloat": (0, 1),
    "QLinearMatMul": (0, 3),
    "QGemm": (0, 3),
}
_SPECIAL = ("Sigmoid", "Tanh", "Gelu", "Softplus")


@terms(KernelKind.FULLY_CONNECTED, KernelKind.BATCHED_MATMUL)
def product(kernel: Kernel, place: Place) -> Terms:
    """Amounts of a product, constant second operand or not."""
    node = main_node(kernel)
    if "Conv" in node.op_type:
        return convolution(kernel, place)
    slots = _PRODUCTS.get(node.op_type)
    if slots is None:
        return plain(kernel, place)
    first, second = node.inputs[slots[0]], node.inputs[slots[1]]
    if first is None or second is None or kernel.work.macs == 0:
        return plain(kernel, place)
    batch, m, n, k = _sizes(node, second, kernel.work.macs)
    amounts = {"call": 1.0, **moved(kernel, place), **_tiles(batch, m, n, k, place)}
    transposed = bool(node.attributes.get("transB")) and not second.constant
    amounts["packed_bytes"] = 0.0 if second.constant else 4.0 * batch * n * k
    amounts["transposed_bytes"] = 4.0 * batch * n * k if transposed else 0.0
    activation = str(node.attributes.get("activation", ""))
    amounts["special_elements"] = float(batch * m * n) if activation in _SPECIAL else 0.0
    return Terms(_name(kernel, first, second, m), amounts)


def _name(kernel: Kernel, first: Tensor, second: Tensor, m: int) -> str:
    op_type = main_node(kernel).op_type
    if "Integer" in op_type or op_type.startswith(("Q", "Dynamic")):
        constant = "" if second.constant else "batched_"
        return f"{constant}{operator(kernel)}_{first.dtype.name}"
    if not second.constant:
        return typed("batched_matmul", kernel)
    return typed("vector_product" if m == 1 else "matrix_product", kernel)


def _sizes(node: Node, second: Tensor, macs: int) -> tuple[int, int, int, int]:
    """Batch, rows, columns and depth of a product."""
    out = node.output.dims
    n = out[-1] if out else 1
    shape = second.dims
    k = shape[-1] if node.attributes.get("transB") else shape[-2] if len(shape) > 1 else shape[0]
    rows = max(1, macs // (n * k))
    if second.constant or prod(shape[:-2]) == 1:
        return 1, rows, n, k
    batch = prod(shape[:-2])
    return batch, max(1, rows // batch), n, k


def _tiles(batch: int, m: int, n: int, k: int, place: Place) -> dict[str, float]:
    rows, columns = place.setting("rows"), place.setting("columns")
    tiled = ceil(m / rows) * rows * ceil(n / columns) * columns
    return {
        "macs": float(batch * m * n * k),
        "tile_macs": float(batch * tiled * k),
        "column_macs": float(batch * ceil(m / rows) * n * k),
        "pass_elements": float(batch * m * n * (ceil(k / _DEPTH) - 1)),
        "product_calls": float(batch),
        "product_rows": float(batch * ceil(m / rows) * ceil(k / _DEPTH)),
    }
