"""The layer of a kernel: the sizes that its operator and tensors give."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import prod
from typing import Any

from costscope.graph.types import Node, Tensor
from costscope.kernels.types import Kernel
from costscope.schedule.types import Schedule
from costscope.timing.rates.layer import Layer, Network
from costscope.timing.terms.memory import main_node, operator
from costscope.work import CONVOLUTIONS, KernelKind

_PRODUCTS = frozenset({KernelKind.FULLY_CONNECTED, KernelKind.BATCHED_MATMUL, KernelKind.ATTENTION})
_QUANTIZED_WEIGHT = 3
_Loops = dict[str, Any]  # keyword arguments of a layer that say its shape


def network_of(schedule: Schedule, *, name: str = "", weight_bytes: int = 0) -> Network:
    """A schedule as rates are asked of it."""
    kernels = [step.kernel for step in schedule.steps]
    read = {tensor.name: tensor for kernel in kernels for tensor in kernel.reads}
    written = {tensor.name: tensor for kernel in kernels for tensor in kernel.writes}
    return Network(
        name=name,
        layers=tuple(map(layer_of, kernels)),
        input_elements=sum(t.elements for key, t in read.items() if key not in written),
        output_elements=sum(t.elements for key, t in written.items() if key not in read),
        weight_bytes=weight_bytes,
        peak_bytes=schedule.peak.nbytes,
    )


def layer_of(kernel: Kernel) -> Layer:
    """One run of a kernel as a layer."""
    shape = _Loops()
    if kernel.nodes and kernel.problem is None:
        shape = _loops(kernel, main_node(kernel))
    return Layer(
        name=kernel.name,
        kind=kernel.kind,
        operation=operator(kernel) if kernel.nodes else str(kernel.kind),
        dtype=kernel.compute_dtype,
        macs=kernel.work.macs,
        special_ops=kernel.work.special_ops,
        read_elements=_elements(kernel.reads, kernel.traffic.read_bytes),
        write_elements=_elements(kernel.writes, kernel.traffic.write_bytes),
        weight_elements=_elements(kernel.weights, kernel.traffic.weight_bytes),
        repeats=kernel.repeats,
        **shape,
    )


def _elements(tensors: Sequence[Tensor], moved_bytes: int) -> int:
    """Elements behind the bytes that are moved; a gather reads only a part of a tensor."""
    elements = sum(tensor.elements for tensor in tensors)
    nbytes = sum(tensor.nbytes for tensor in tensors)
    return round(elements * moved_bytes / nbytes) if nbytes else 0


def _loops(kernel: Kernel, node: Node) -> _Loops:
    if kernel.kind in CONVOLUTIONS:
        return _convolution(node)
    if kernel.kind is KernelKind.POOLING:
        return _pool(node)
    if kernel.kind in _PRODUCTS:
        return _product(kernel)
    return _Loops()


def _convolution(node: Node) -> _Loops:
    slot = _QUANTIZED_WEIGHT if node.op_type == "QLinearConv" else 1
    data, weight, out = node.shape(0), node.shape(slot), node.output.dims
    last = bool(node.attributes.get("channels_last"))
    rank = len(weight) - 2
    return _Loops(
        channels=data[-1] if last else data[1],
        filters=out[-1] if last else out[1],
        groups=int(node.attributes.get("group", 1)),
        kernel=tuple(weight[2:]),
        stride=tuple(node.attributes.get("strides") or [1] * rank),
        map=tuple(out[1:-1] if last else out[2:]),
    )


def _pool(node: Node) -> _Loops:
    data, out = node.shape(0), node.output.dims
    window = tuple(node.attributes.get("kernel_shape") or data[2:])
    return _Loops(
        channels=data[1] if len(data) > 1 else 0,
        filters=out[1] if len(out) > 1 else 0,
        kernel=window,
        stride=tuple(node.attributes.get("strides") or [1] * len(window)),
        map=tuple(out[2:]),
    )


def _product(kernel: Kernel) -> _Loops:
    """Rows are the map; what is summed over are the channels."""
    out = _first(kernel.writes)
    filters = out[-1] if out else 0
    results = max(1, prod(out))
    groups = prod(out[:-2]) if kernel.kind is not KernelKind.FULLY_CONNECTED else 1
    rows = results // max(1, filters * groups)
    return _Loops(
        channels=kernel.work.macs // results,
        filters=filters,
        groups=max(1, groups),
        map=(rows,),
    )


def _first(tensors: Iterable[Tensor]) -> tuple[int, ...]:
    return next((tensor.shape for tensor in tensors if tensor.shape), ())
