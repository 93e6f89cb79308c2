"""Convolutions of kernels: their sizes, and how they would be with others."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace
from math import prod, sqrt

from costscope.graph.types import Graph, Node, Shape, Tensor
from costscope.kernels.types import Kernel
from costscope.whatif.edit import replaced, reshaped
from costscope.work import CONVOLUTIONS

_OPERATORS = ("Conv", "QLinearConv", "ConvInteger", "FusedConv")
_QUANTIZED = "QLinearConv"
_QUANTIZED_WEIGHT = 3
_LEAST_RANK = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Convolution:
    """The sizes of a convolution.

    Attributes:
        node: its operator.
        data: what it reads.
        weight: its filters, (output channels, input channels / groups, *window).
        channels: of the input.
        filters: channels of the output.
        groups: that channels and filters are parted in.
        window: sizes of the filters.
        positions: of the output map, all images together.
    """

    node: Node
    data: Tensor
    weight: Tensor
    channels: int
    filters: int
    groups: int
    window: Shape
    positions: int

    @property
    def area(self) -> int:
        """Taps of the window."""
        return prod(self.window)

    @property
    def is_depthwise(self) -> bool:
        """Whether every input channel has filters of its own."""
        return self.groups > 1 and self.groups == self.channels

    @property
    def ratio(self) -> float:
        """Channels of the wider side over those of the narrower one."""
        return max(self.channels, self.filters) / min(self.channels, self.filters)

    @property
    def macs(self) -> int:
        """Multiply-accumulates of one run."""
        return self.positions * self.filters * self.channels // self.groups * self.area

    @property
    def memory_access(self) -> int:
        """ShuffleNet-v2's memory access cost: hw(c1 + c2) + k^2 c1 c2 / g, in elements.

        As in the paper both maps are of the output's size.
        """
        weights = self.channels * self.filters // self.groups * self.area
        return self.positions * (self.channels + self.filters) + weights

    @property
    def memory_access_bound(self) -> float:
        """The least of it at as many MACs B and groups: 2 sqrt(hw g B / k^2) + B / hw.

        Source: Ma et al. 2018, arXiv 1807.11164, Eq. 1, for a window of area k^2 and g groups.
        """
        return (
            2 * sqrt(self.positions * self.groups * self.macs / self.area)
            + self.macs / self.positions
        )


def convolution(kernel: Kernel) -> Convolution | None:
    """The convolution of a kernel; None where it is none, or its sizes are not known."""
    if kernel.problem is not None or kernel.kind not in CONVOLUTIONS:
        return None
    for node in kernel.nodes:
        if node.name == kernel.name and node.op_type in _OPERATORS:
            return _sizes(node)
    return None


def _sizes(node: Node) -> Convolution | None:
    data, weight = node.input(0), node.input(_QUANTIZED_WEIGHT if node.op_type == _QUANTIZED else 1)
    if data is None or weight is None or data.shape is None or weight.shape is None:
        return None
    out = node.output.shape
    if out is None or min(len(data.shape), len(weight.shape), len(out)) < _LEAST_RANK:
        return None
    if 0 in (*data.shape, *weight.shape, *out):
        return None
    return Convolution(
        node=node,
        data=data,
        weight=weight,
        channels=data.shape[1],
        filters=weight.shape[0],
        groups=int(node.attributes.get("group", 1)),
        window=weight.shape[2:],
        positions=out[0] * prod(out[2:]),
    )


def alike(kernel: Kernel, conv: Convolution) -> Hashable:
    """What kernels have in common that save as much by the same change: it is priced once."""
    sizes = (conv.channels, conv.filters, conv.groups, conv.window, conv.positions)
    return sizes, kernel.op_types, kernel.compute_dtype, kernel.traffic, kernel.repeats


def widened(
    graph: Graph,
    kernel: Kernel,
    conv: Convolution,
    *,
    channels: int,
    filters: int,
    groups: int | None = None,
) -> Graph:
    """The graph with one convolution of other widths; what stands around it stays as it is.

    Operators fused with it (activations, norms, additions, quantization) follow its widths.
    """
    groups = conv.groups if groups is None else groups
    before = _upstream(kernel, conv)
    shapes: dict[str, Shape] = {}
    for node in kernel.nodes:
        for tensor in (*node.inputs, *node.outputs):
            if tensor is None or not tensor.shape:
                continue
            old, new = (
                (conv.channels, channels) if tensor.name in before else (conv.filters, filters)
            )
            shapes[tensor.name] = _resized(tensor.shape, old, new)
    shapes[conv.weight.name] = (filters, channels // groups, *conv.window)
    edit = reshaped(shapes)
    changed = {}
    for node in kernel.nodes:
        attributes = node.attributes
        if node is conv.node:
            attributes = {**attributes, "group": groups}
        changed[node.name] = (
            replace(
                node,
                inputs=tuple(tensor and edit(tensor) for tensor in node.inputs),
                outputs=tuple(map(edit, node.outputs)),
                attributes=attributes,
            ),
        )
    return replaced(graph, changed)


def _resized(shape: Shape, old: int, new: int) -> Shape:
    """A shape with other channels: on its second axis, or on the only one that it has."""
    if len(shape) == 1:
        return (new,) if shape[0] == old else shape
    return (shape[0], new, *shape[2:]) if shape[1] == old else shape


def _upstream(kernel: Kernel, conv: Convolution) -> set[str]:
    """Names of the activations of a kernel that stand before its convolution."""
    makers = {tensor.name: node for node in kernel.nodes for tensor in node.outputs}
    found: set[str] = set()
    waiting = [conv.data]
    while waiting:
        tensor = waiting.pop()
        found.add(tensor.name)
        maker = makers.get(tensor.name)
        if maker is not None:
            waiting += [t for t in maker.inputs if t is not None and not t.constant]
    return found
