"""Fully connected layers: their sizes, behind what they stand, and with smaller weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import prod

from costscope.dtypes import INT8, INT32
from costscope.graph.types import Graph, Node, Shape, Tensor
from costscope.kernels.types import Kernel
from costscope.whatif.conversion import DEQUANTIZE, QUANTIZE, pair
from costscope.whatif.edit import replaced, reshaped, retensored
from costscope.work import KernelKind

_FLAT_RANK = 2
_MAP_RANK = 3  # least rank of a map: batch, channels and a size
_FLATTENING = frozenset({"Flatten", "Reshape"})
_KEEPING = frozenset(
    {"Identity", "Dropout", "Relu", "LeakyRelu", "Clip", "Cast", QUANTIZE, DEQUANTIZE}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FullyConnected:
    """A layer that uses each of its weights once.

    Attributes:
        node: its operator.
        data: what it reads.
        weight: its matrix.
        features: that it sums over.
        outputs: that it makes.
    """

    node: Node
    data: Tensor
    weight: Tensor
    features: int
    outputs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Flattened:
    """A map that is made flat before a layer reads it.

    Attributes:
        node: the operator that makes it flat.
        between: operators from there to the layer, which only hand it on.
        channels: of the map.
        positions: of the map.
    """

    node: Node
    between: tuple[Node, ...]
    channels: int
    positions: int


def fully_connected(kernel: Kernel) -> FullyConnected | None:
    """The layer of a kernel if it reads every weight for a single product; None else."""
    if kernel.problem is not None or kernel.kind is not KernelKind.FULLY_CONNECTED:
        return None
    node = next((node for node in kernel.nodes if node.name == kernel.name), None)
    if node is None or len(node.inputs) < _FLAT_RANK or not node.outputs:
        return None
    data = node.input(0)
    matrices = [t for t in node.inputs[1:] if t is not None and t.constant and _is_matrix(t)]
    if data is None or not data.shape or data.constant or not matrices:
        return None
    weight = max(matrices, key=lambda tensor: tensor.elements)
    features = data.shape[-1]
    if not features or weight.elements % features or kernel.work.macs != weight.elements:
        return None
    outputs = weight.elements // features
    if sorted(weight.dims) != sorted((features, outputs)):
        return None
    return FullyConnected(node=node, data=data, weight=weight, features=features, outputs=outputs)


def _is_matrix(tensor: Tensor) -> bool:
    return tensor.shape is not None and len(tensor.shape) == _FLAT_RANK


def flattened(layer: FullyConnected, makers: Mapping[str, Node]) -> Flattened | None:
    """The map of more than one position that a layer reads made flat; None without one.

    Args:
        layer: that reads it.
        makers: the operator that makes each tensor.
    """
    between: list[Node] = []
    node = makers.get(layer.data.name)
    while node is not None and node.op_type in _KEEPING and node.inputs:
        between.append(node)
        source = node.input(0)
        node = makers.get(source.name) if source is not None else None
    if node is None or node.op_type not in _FLATTENING:
        return None
    source = node.input(0)
    shape = source.shape if source is not None else None
    if shape is None or len(shape) < _MAP_RANK or prod(shape[1:]) != layer.features:
        return None
    positions = prod(shape[2:])
    if positions <= 1:
        return None
    return Flattened(node=node, between=tuple(between), channels=shape[1], positions=positions)


def pooled(
    graph: Graph, layer: FullyConnected, flat: Flattened, makers: Mapping[str, Node]
) -> Graph:
    """The graph with global average pooling before a layer, which then reads channels alone.

    Where the map is quantized, so is its average.
    """
    source = flat.node.inputs[0]
    if source is None:
        return graph
    pool = Node(
        name=f"{flat.node.name}, pooling",
        op_type="GlobalAveragePool",
        domain="",
        version=1,
        inputs=(source,),
        outputs=(_averaged(source),),
        repeats=flat.node.repeats,
    )
    before = (pool, *_quantized_again(pool.output, makers.get(source.name), makers))
    shapes: dict[str, Shape] = {
        tensor.name: (*tensor.shape[:-1], flat.channels)
        for node in (flat.node, *flat.between)
        for tensor in node.outputs
        if tensor.shape and tensor.shape[-1] == layer.features
    }
    shapes[layer.weight.name] = _with_features(layer, flat.channels)
    edit = reshaped(shapes)

    def edited(node: Node) -> Node:
        return replace(
            node,
            inputs=tuple(tensor and edit(tensor) for tensor in node.inputs),
            outputs=tuple(map(edit, node.outputs)),
        )

    view = replace(edited(flat.node), inputs=(before[-1].output, *flat.node.inputs[1:]))
    new: dict[str, tuple[Node, ...]] = {flat.node.name: (*before, view)}
    new |= {node.name: (edited(node),) for node in (*flat.between, layer.node)}
    return replaced(graph, new)


def _averaged(tensor: Tensor) -> Tensor:
    """A tensor with one position for all that there are."""
    shape = (*tensor.dims[:2], *[1] * (tensor.rank - 2))
    return replace(tensor, name=f"{tensor.name}, pooled", shape=shape)


def _quantized_again(
    tensor: Tensor, dequantize: Node | None, makers: Mapping[str, Node]
) -> tuple[Node, ...]:
    """A QuantizeLinear and a DequantizeLinear as stand before the map; none where none do."""
    if dequantize is None or dequantize.op_type != DEQUANTIZE:
        return ()
    short = dequantize.input(0)
    quantize = makers.get(short.name) if short is not None else None
    if quantize is None or quantize.op_type != QUANTIZE:
        return ()
    return pair(tensor, quantize, dequantize)


def _with_features(layer: FullyConnected, features: int) -> Shape:
    """The shape of the matrix with other features; where it says both, Gemm tells the side."""
    rows, columns = layer.weight.dims
    first = rows == layer.features
    if rows == columns:
        first = not layer.node.attributes.get("transB", 0)
    return (features, columns) if first else (rows, features)


def in_bytes(graph: Graph, kernel: Kernel) -> Graph:
    """The graph with one layer in 8 bits: its weights, what it reads and what it makes."""

    def edit(tensor: Tensor) -> Tensor:
        if not tensor.dtype.is_float:
            return tensor
        is_bias = tensor.constant and tensor.shape is not None and len(tensor.shape) < _FLAT_RANK
        changed = replace(tensor, dtype=INT32 if is_bias else INT8, storage=None, value=None)
        if not tensor.constant:
            return changed
        name = f"{tensor.name} in 8 bits"
        return replace(changed, name=name, sources=(name,))

    return retensored(graph, edit, {node.name for node in kernel.nodes})
