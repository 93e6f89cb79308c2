"""Squeeze and excitation: a map times a gate for each channel, made from the map's own means."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from costscope.graph.types import Node, Tensor
from costscope.whatif.case import Case
from costscope.whatif.passing import origin

_PRODUCTS = ("Mul", "QLinearMul")
_POOLS = frozenset(
    {
        "GlobalAveragePool", "GlobalMaxPool", "AveragePool", "MaxPool", "ReduceMean", "ReduceMax",
        "ReduceSum", "QLinearGlobalAveragePool", "QLinearAveragePool", "QLinearReduceMean",
    }
)  # fmt: skip
_LAYERS = frozenset(
    {
        "Conv", "Gemm", "MatMul", "FusedConv", "FusedGemm", "QLinearConv", "QLinearMatMul",
        "QGemm", "ConvInteger", "MatMulInteger",
    }
)  # fmt: skip
_LONGEST = 64  # operators of a gate: quantization and activations written out included
_LEAST_RANK = 3  # batch, channels, positions


@dataclass(frozen=True, slots=True, kw_only=True)
class Gated:
    """A block of squeeze and excitation.

    Attributes:
        product: the operator that multiplies the map by its gate.
        data: the map.
        nodes: all operators of the block, in order; the product is the last.
        layers: how many of them are convolutions or fully connected.
        channels: of the map.
    """

    product: Node
    data: Tensor
    nodes: tuple[Node, ...]
    layers: int
    channels: int


def squeeze_excites(case: Case) -> Iterator[Gated]:
    """The blocks of squeeze and excitation of a model, in order."""
    ops = {node.op_type for node in case.graph.nodes}
    if not ops & _POOLS or not ops & _LAYERS:
        return
    place = {node.name: k for k, node in enumerate(case.graph.nodes)}
    for node in case.graph.nodes:
        if node.op_type in _PRODUCTS and len(node.outputs) == 1:
            found = _gated(case, node, place)
            if found is not None:
                yield found


def _gated(case: Case, product: Node, place: dict[str, int]) -> Gated | None:
    tensors = [t for t in product.inputs if t is not None and not t.constant and t.shape]
    wide = [t for t in tensors if t.shape == product.output.shape]
    narrow = [t for t in tensors if t.shape != product.output.shape]
    if len(wide) != 1 or len(narrow) != 1:
        return None
    data, gate = wide[0], narrow[0]
    channels = _channels(data, gate)
    found = _walk(case, gate, data) if channels else None
    if not found:
        return None
    nodes = sorted((*found.values(), product), key=lambda node: place[node.name])
    layers = sum(node.op_type in _LAYERS for node in nodes)
    if not layers:
        return None
    return Gated(product=product, data=data, nodes=tuple(nodes), layers=layers, channels=channels)


def _channels(data: Tensor, gate: Tensor) -> int:
    """How many channels a gate holds one value for; 0 where it is no gate of channels."""
    if data.rank < _LEAST_RANK or gate.rank > data.rank or 0 in data.dims:
        return 0
    sizes = (1,) * (data.rank - gate.rank) + gate.dims
    wide = [size for size in sizes[1:] if size > 1]
    positions = data.elements // data.dims[0] // wide[0] if len(wide) == 1 else 1
    return wide[0] if positions > 1 else 0


def _walk(case: Case, gate: Tensor, data: Tensor) -> dict[str, Node] | None:
    """The operators between the pooling of a map and its gate; None where it has another source."""
    home = origin(case, data).name
    found: dict[str, Node] = {}
    waiting, pooled = [gate], False
    while waiting:
        maker = case.maker(waiting.pop())
        if maker is None or len(found) > _LONGEST or maker.branches:
            return None
        if maker.name in found:
            continue
        found[maker.name] = maker
        read = [t for t in maker.inputs if t is not None and not t.constant]
        if _is_pool(maker, read):
            if origin(case, read[0]).name != home:
                return None
            pooled = True
        else:
            waiting += read
    return found if pooled else None


def _is_pool(node: Node, read: list[Tensor]) -> bool:
    if node.op_type not in _POOLS or len(read) != 1:
        return False
    return read[0].elements > node.output.elements > 0
