"""A convolution with a smaller window, or as several small ones behind each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from math import ceil

from costscope.graph.types import Graph, Node, Shape, Tensor
from costscope.kernels.types import Kernel
from costscope.whatif.conversion import DEQUANTIZE, QUANTIZE, pair
from costscope.whatif.convolution import Convolution
from costscope.whatif.edit import constant, replaced

_SIDE = 3  # of the windows in a stack
Pair = tuple[Kernel, Convolution]


def strides(conv: Convolution) -> Shape:
    """The steps of a window."""
    return tuple(conv.node.attributes.get("strides") or [1] * len(conv.window))


def dilations(conv: Convolution) -> Shape:
    """The distances between the taps of a window."""
    return tuple(conv.node.attributes.get("dilations") or [1] * len(conv.window))


def depth(conv: Convolution) -> int:
    """How many 3x3 windows see as far as this window; the first one takes its steps.

    The first sees 3 positions, each one after it two steps of the first more.
    """
    reach = zip(conv.window, strides(conv), strict=False)
    return max(1 + ceil((side - _SIDE) / (2 * step)) for side, step in reach)


def resized(graph: Graph, pairs: Iterable[Pair], side: int) -> Graph:
    """The graph with windows of another side in some convolutions, their maps as they are."""
    return replaced(graph, {conv.node.name: (_shrunk(conv, side),) for _, conv in pairs})


def stacked(graph: Graph, pairs: Iterable[Pair]) -> Graph:
    """The graph with stacks of 3x3 windows in place of some convolutions.

    Those behind the first keep the number of channels; what a graph quantizes is quantized
    between them, too. No activations are put between them.
    """
    new: dict[str, Iterable[Node]] = {}
    for kernel, conv in pairs:
        new[conv.node.name] = tuple(_stack(kernel, conv))
    return replaced(graph, new)


def _stack(kernel: Kernel, conv: Convolution) -> Iterator[Node]:
    """The nodes of a stack; the last has the name and the output of the convolution."""
    many = depth(conv)
    current = _shrunk(conv, _SIDE)
    made = conv.node.output
    for index in range(1, many):
        between = replace(made, name=f"{made.name} behind {index} of {many}")
        yield replace(current, name=f"{current.name}, {index} of {many}", outputs=(between,))
        handed, nodes = _handed(kernel, conv, between)
        yield from nodes
        current = _next(conv, handed, f"{conv.weight.name}, {index + 1} of {many}")
    yield replace(current, name=conv.node.name, outputs=conv.node.outputs)


def _next(conv: Convolution, data: Tensor, weight: str) -> Node:
    """A 3x3 convolution of single steps that reads what the stack has made so far."""
    shape = (conv.filters, conv.filters // _later_groups(conv), *[_SIDE] * len(conv.window))
    inputs = (data, *_swapped(conv, constant(weight, shape, conv.weight)))
    attributes = _attributes(conv, _SIDE) | {
        "strides": [1] * len(conv.window),
        "group": _later_groups(conv),
    }
    return replace(conv.node, inputs=inputs, attributes=attributes)


def _later_groups(conv: Convolution) -> int:
    """Groups behind the first: a depthwise convolution stays one when it multiplies channels."""
    return conv.filters if conv.is_depthwise else conv.groups


def _shrunk(conv: Convolution, side: int) -> Node:
    """The convolution with a window of another side."""
    shape = (*conv.weight.dims[:2], *[side] * len(conv.window))
    weight = constant(f"{conv.weight.name} as {side}x{side}", shape, conv.weight)
    inputs = (conv.node.inputs[0], *_swapped(conv, weight))
    return replace(conv.node, inputs=inputs, attributes=_attributes(conv, side))


def _swapped(conv: Convolution, weight: Tensor) -> tuple[Tensor | None, ...]:
    """The inputs of a convolution behind its data, with another weight."""
    return tuple(weight if tensor is conv.weight else tensor for tensor in conv.node.inputs[1:])


def _attributes(conv: Convolution, side: int) -> dict[str, object]:
    """Of the convolution with a square window; its padding keeps the map."""
    rank = len(conv.window)
    return {
        **conv.node.attributes,
        "kernel_shape": [side] * rank,
        "pads": [side // 2] * (2 * rank),
        "auto_pad": "NOTSET",
    }


def _handed(kernel: Kernel, conv: Convolution, made: Tensor) -> tuple[Tensor, Sequence[Node]]:
    """What the next of a stack reads: quantized and back where the kernel's own result is."""
    quantize = _of_type(kernel, QUANTIZE, made=False, tensor=conv.data)
    dequantize = _of_type(kernel, DEQUANTIZE, made=True, tensor=conv.data)
    if quantize is None or dequantize is None:
        return made, ()
    both = pair(made, quantize, dequantize)
    return both[-1].output, both


def _of_type(kernel: Kernel, op_type: str, *, made: bool, tensor: Tensor) -> Node | None:
    """The operator of a kernel that makes a tensor; or one of the type that does not read it."""
    for node in kernel.nodes:
        if node.op_type != op_type:
            continue
        if any(output.name == tensor.name for output in node.outputs) == made:
            return node
    return None
