"""One way in the place of a block: three convolutions in series with as many MACs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import ceil, sqrt

from costscope.graph.types import Graph, Node, Tensor
from costscope.kernels.types import Kernel
from costscope.whatif.edit import constant, replaced
from costscope.work import CONVOLUTIONS

_OPERATORS = frozenset({"Conv"})
_MAP_RANK = 4
_WINDOW = 3
_BLOCK = 8  # channels that kernels take together
_VERSION = 13  # of the standard's operators


@dataclass(frozen=True, slots=True, kw_only=True)
class Serial:
    """A bottleneck as ResNet's: 1x1 to `inner` channels, 3x3, 1x1 to the block's own width.

    Attributes:
        inner: channels of the two tensors inside.
        macs: of the three convolutions: no fewer than the block's.
        graph: with it in the block's place.
    """

    inner: int
    macs: int
    graph: Graph


def serial(
    graph: Graph, kernels: tuple[Kernel, ...], entry: Tensor | None, end: Node | None
) -> Serial | None:
    """The graph with a bottleneck between what enters a block and what leaves it.

    Args:
        graph: that holds the block.
        kernels: of the block.
        entry: what its branches read.
        end: the operator whose first output leaves it.

    Returns:
        None where there is none: maps whose sizes are unknown or do not divide, nothing that
        multiplies, or weights that lie in a quantized form of their own.
    """
    like = next(_weights(kernels), None)
    if entry is None or end is None or like is None or not _are_maps(entry, end.output):
        return None
    (images, channels, height, width), (_, filters, *out) = entry.dims, end.output.dims
    fit = _fit(height, out[0]), _fit(width, out[1])
    if fit[0] is None or fit[1] is None:
        return None
    area, small = images * height * width, images * out[0] * out[1]
    macs = sum(kernel.work.macs * kernel.repeats for kernel in kernels)
    inner = _inner(macs, channels * area, _WINDOW**2 * small, filters * small)
    done = channels * inner * area + (_WINDOW**2 * inner + filters) * inner * small
    nodes = _bottleneck(end, entry, inner, fit=(fit[0], fit[1]), like=like)
    return Serial(inner=inner, macs=done, graph=replaced(graph, {end.name: nodes}))


def _fit(size: int, out: int) -> tuple[int, int] | None:
    """Stride and padding with which the window makes so many positions of so many."""
    stride = max(1, round(size / out))
    pads = (_WINDOW // 2, 0)
    found = (pad for pad in pads if (size + 2 * pad - _WINDOW) // stride + 1 == out)
    return next(((stride, pad) for pad in found), None)


def _inner(macs: int, reduce: int, square: int, expand: int) -> int:
    """Channels n with square n^2 + (reduce + expand) n >= macs; a multiple of 8."""
    linear = reduce + expand
    exact = (sqrt(linear**2 + 4 * square * macs) - linear) / (2 * square)
    return max(_BLOCK, ceil(exact / _BLOCK - 1e-9) * _BLOCK)


def _weights(kernels: tuple[Kernel, ...]) -> Iterator[Tensor]:
    """Weights of the block's convolutions, in the element type that they are stored in."""
    for kernel in kernels:
        if kernel.kind in CONVOLUTIONS:
            for node in kernel.nodes:
                weight = node.input(1) if node.op_type in _OPERATORS else None
                if weight is not None and weight.constant:
                    yield weight


def _are_maps(*tensors: Tensor) -> bool:
    return all(
        t.shape is not None and len(t.shape) == _MAP_RANK and 0 not in t.shape for t in tensors
    ) and all(old >= new for old, new in zip(tensors[0].dims[2:], tensors[1].dims[2:], strict=True))


def _bottleneck(
    end: Node, entry: Tensor, inner: int, *, fit: tuple[tuple[int, int], ...], like: Tensor
) -> tuple[Node, ...]:
    """The new operators; the last one makes what the block's own end made."""
    out = end.output
    images, filters, *size = out.dims
    sizes = (
        ("reduce", entry.dims[1], inner, 1, entry.dims[2:]),
        ("square", inner, inner, _WINDOW, tuple(size)),
        ("expand", inner, filters, 1, tuple(size)),
    )
    nodes: list[Node] = []
    data = entry
    for part, channels, width, window, positions in sizes:
        name = f"{end.name} serial {part}"
        shape = (images, width, *positions)
        result = replace(out, name=name, shape=shape)
        weight = constant(f"{name} weight", (width, channels, window, window), like)
        attributes = {
            "strides": tuple(stride for stride, _ in fit) if window > 1 else (1, 1),
            "pads": tuple(pad for _, pad in fit) * 2 if window > 1 else (0,) * 4,
            "kernel_shape": (window, window),
            "group": 1,
        }
        nodes.append(_node("Conv", (data, weight), result, attributes))
        data = out if part == "expand" else replace(result, name=f"{name} relu")
        nodes.append(_node("Relu", (result,), data, {}))
    return tuple(nodes)


def _node(
    op_type: str, inputs: tuple[Tensor, ...], output: Tensor, attributes: Mapping[str, object]
) -> Node:
    """An operator of the standard, called as what it makes."""
    return Node(
        name=f"{output.name} made by {op_type}",
        op_type=op_type,
        domain="",
        version=_VERSION,
        inputs=inputs,
        outputs=(output,),
        attributes=attributes,
    )
