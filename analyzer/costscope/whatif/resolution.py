"""Stages of an image network by the size of their maps, and with smaller maps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import fsum, log2, sqrt

from costscope.graph.types import Graph, Node, Shape, Tensor
from costscope.kernels.types import Kernel
from costscope.whatif.case import Case
from costscope.whatif.edit import reshaped
from costscope.work import CONVOLUTIONS, KernelKind

_RANK = 4
_LEAST_SIDE = 64  # of the image: smaller ones are downsampled late for good reason
_LEAST_CONVOLUTIONS = 5
_LEAST_SHRINKING = 16  # from the image to the last map, in area
# Operators that work on maps of any size; what else reads a map may count on its size.
_POOLS = frozenset({"AveragePool", "LpPool", "MaxPool"})
_WINDOWED = frozenset({"Conv", "ConvTranspose"}) | _POOLS
_ANY_SIZE = _WINDOWED | {
    *("Add", "BatchNormalization", "Clip", "Concat", "DequantizeLinear", "Div", "Dropout", "Elu"),
    *("Erf", "Exp", "Gelu", "GlobalAveragePool", "GlobalMaxPool", "HardSigmoid", "HardSwish"),
    *("Identity", "InstanceNormalization", "LRN", "LeakyRelu", "Max", "Min", "Mish", "Mul"),
    *("PRelu", "QuantizeLinear", "ReduceMean", "Relu", "Sigmoid", "Softplus", "Sub", "Sum"),
    "Tanh",
}

Map = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """The kernels whose results have maps of one size.

    Attributes:
        size: height and width of the maps.
        stride: how many of the image's pixels one of theirs stands for, along a side.
        kernels: in order.
        share: of the predicted time; of multiply-accumulates where there is none.
    """

    size: Map
    stride: float
    kernels: tuple[Kernel, ...]
    share: float


def stages(case: Case) -> tuple[Stage, ...]:
    """The stages of a network that goes from an image to small maps; none of any other."""
    image = _image(case.graph)
    if image is None:
        return ()
    convs = [k for k in case.deployment.kernels if k.kind in CONVOLUTIONS and _size(k, image)]
    sizes = {size for k in convs if (size := _size(k, image))}
    if len(convs) < _LEAST_CONVOLUTIONS or any(k.kind is KernelKind.TRANSPOSED_CONV for k in convs):
        return ()
    area, last = _area(image.dims[2:]), _area(_size(convs[-1], image) or (1, 1))
    if last * _LEAST_SHRINKING > area:
        return ()
    by_size: dict[Map, list[Kernel]] = {}
    for kernel in case.deployment.kernels:
        size = _size(kernel, image)
        if size in sizes and size is not None:
            by_size.setdefault(size, []).append(kernel)
    costs = {size: _cost(case, kernels) for size, kernels in by_size.items()}
    total = _cost(case, case.deployment.kernels)
    if not total:
        return ()
    ordered = sorted(by_size, key=_area, reverse=True)
    return tuple(
        Stage(
            size=size,
            stride=sqrt(area / _area(size)),
            kernels=tuple(by_size[size]),
            share=costs[size] / total,
        )
        for size in ordered
    )


def is_timed(case: Case) -> bool:
    """Whether shares are of predicted time; else they are of multiply-accumulates."""
    prediction = case.deployment.prediction
    return prediction is not None and prediction.complete and bool(prediction.latency_s)


def measure(case: Case) -> str:
    """What shares are of, in words."""
    return "time" if is_timed(case) else "multiply-accumulates"


def mean_stride(found: tuple[Stage, ...]) -> float:
    """The stride at which the average second is spent, averaged as powers of two."""
    share = fsum(stage.share for stage in found)
    if not share:
        return 1.0
    return float(2.0 ** (fsum(stage.share * log2(stage.stride) for stage in found) / share))


def downsampled(graph: Graph, sizes: Mapping[Map, Map]) -> Graph | None:
    """The graph with maps of some sizes made smaller, by strides that come earlier.

    None where an operator that may count on the size of a map reads or makes one of them.
    """
    inputs = {tensor.name for tensor in graph.inputs}
    shapes: dict[str, Shape] = {}
    for node in graph.nodes:
        for tensor in (*node.inputs, *node.outputs):
            size = _map(tensor)
            if tensor is None or tensor.constant or tensor.name in inputs:
                continue
            if size is None or size not in sizes:
                continue
            if node.op_type not in _ANY_SIZE or node.domain or node.branches:
                return None
            shapes[tensor.name] = (*tensor.dims[:2], *sizes[size])
    edit = reshaped(shapes)
    nodes = tuple(
        _edited(node, tuple(t and edit(t) for t in node.inputs), tuple(map(edit, node.outputs)))
        if any(t is not None and t.name in shapes for t in (*node.inputs, *node.outputs))
        else node
        for node in graph.nodes
    )
    return replace(graph, nodes=nodes, outputs=tuple(map(edit, graph.outputs)))


def _edited(node: Node, inputs: tuple[Tensor | None, ...], outputs: tuple[Tensor, ...]) -> Node:
    """An operator on other maps, with the strides that lead from one to the other."""
    attributes = node.attributes
    before, after = _map(node.input(0)), _map(node.output)
    now, then = _map(inputs[0] if inputs else None), _map(outputs[0])
    strides = [int(each) for each in attributes.get("strides") or (1, 1)]
    maps = [each for each in (before, after, now, then) if each is not None and 0 not in each]
    if node.op_type in _WINDOWED and len(maps) == len(strides) * 2 == _RANK:
        before, after, now, then = maps
        pairs = zip(strides, now, then, before, after, strict=True)
        new = [max(1, round(s * (i / o) / (bi / bo))) for s, i, o, bi, bo in pairs]
        attributes = {**attributes, "strides": new}
    return replace(node, inputs=inputs, outputs=outputs, attributes=attributes)


def _image(graph: Graph) -> Tensor | None:
    """The one image that a network reads; None where there are none or several."""
    found = [t for t in graph.inputs if len(t.shape or ()) == _RANK]
    if len(found) != 1 or min(found[0].dims[2:]) < _LEAST_SIDE or 0 in found[0].dims:
        return None
    return found[0]


def _map(tensor: Tensor | None) -> Map | None:
    shape = tensor.shape if tensor is not None else None
    return (shape[2], shape[3]) if shape is not None and len(shape) == _RANK else None


def _size(kernel: Kernel, image: Tensor) -> Map | None:
    """The size of the maps that a kernel makes of the images; None where it makes none."""
    shape = kernel.writes[0].shape if kernel.writes else None
    if shape is None or len(shape) != _RANK or shape[0] != image.dims[0] or 0 in shape:
        return None
    return (shape[2], shape[3]) if shape[2] * shape[3] > 1 else None


def _area(size: Shape) -> int:
    return size[0] * size[1]


def _cost(case: Case, kernels: tuple[Kernel, ...] | list[Kernel]) -> float:
    """Predicted seconds of some kernels; their multiply-accumulates where there is no time."""
    if not is_timed(case):
        return float(sum(k.work.macs * k.repeats for k in kernels))
    timings = (case.timing_of.get(kernel.name) for kernel in kernels)
    return fsum(t.latency_s for t in timings if t is not None and t.latency_s is not None)
