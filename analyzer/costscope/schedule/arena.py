"""Working memory as a runtime of microcontrollers lays it out, scratch and fixed parts included.

The peak of a schedule is what must be held at once: a lower bound of any layout. TensorFlow
Lite Micro gives every buffer one place for its life, largest first, which leaves gaps, and
keeps tables beside them. TinyEngine has a column buffer and a kernel buffer beside its tensors.

Sources: tflite-micro, memory_planner/greedy_memory_planner.cc, and its own recording of the
arenas of the MLPerf Tiny networks; mit-han-lab/tinyengine, GeneralMemoryScheduler.py,
operators/conv2d.py and operators/depthwiseConv2d.py at 47bb283.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import prod

from costscope.graph.types import Tensor
from costscope.kernels.types import Kernel, Runtime
from costscope.schedule.liveness import Buffer, buffers
from costscope.schedule.types import Arena
from costscope.work import CONVOLUTIONS, KernelKind

_ALIGNMENT_BYTES = 16
_CHANNEL_BYTES = 8  # a 32-bit multiplier and a 32-bit shift of each output channel
_OPERATOR_BYTES = 132  # a node, three tensors and the operator's own data, with 32-bit pointers
_INTERPRETER_BYTES = 700  # input and output tensors, planner, allocator
_WIDENED = 2  # bytes of an 8-bit value in a column or kernel buffer
_COLUMNS = 2  # of the im2col buffer


def arena(
    kernels: Sequence[Kernel],
    inputs: Sequence[Tensor],
    outputs: Sequence[Tensor],
    *,
    runtime: Runtime,
    held_bytes: int,
) -> Arena | None:
    """The working memory; None if the runtime's layout or the size of a tensor is not known.

    Args:
        kernels: in order.
        inputs: of the graph.
        outputs: of the graph.
        runtime: whose layout.
        held_bytes: peak of the schedule.
    """
    if any(k.problem is not None for k in kernels):
        return None
    if runtime.name == "tflm":
        placed = _placed(buffers(kernels, inputs, outputs, runtime), len(kernels))
        return Arena(tensors_bytes=placed, persistent_bytes=_tables(kernels))
    if runtime.name == "tinyengine":
        return Arena(tensors_bytes=held_bytes, scratch_bytes=_columns(kernels) + _widened(kernels))
    return None


def _placed(found: Sequence[Buffer], steps: int) -> int:
    """The end of the last buffer, each at the first gap, largest first, later ones before."""
    order = sorted(range(len(found)), key=lambda i: (found[i].nbytes, i), reverse=True)
    done: list[tuple[int, int, int, int]] = []
    for index in order:
        first, last = max(found[index].first, 0), min(found[index].last, steps - 1)
        size = -(-found[index].nbytes // _ALIGNMENT_BYTES) * _ALIGNMENT_BYTES
        start = 0
        for begin, end in sorted((b, e) for b, e, f, n in done if f <= last and first <= n):
            if begin - start >= size:
                break
            start = max(start, end)
        done.append((start, start + size, first, last))
    return max((end for _, end, _, _ in done), default=0)


def _tables(kernels: Sequence[Kernel]) -> int:
    channels = sum(kernel.writes[0].dims[1] for kernel in _convolutions(kernels))
    return _CHANNEL_BYTES * channels + _OPERATOR_BYTES * len(kernels) + _INTERPRETER_BYTES


def _convolutions(kernels: Sequence[Kernel]) -> list[Kernel]:
    """Those with weights of the file; weights that the network computes need no tables."""
    return [kernel for kernel in kernels if kernel.kind in CONVOLUTIONS and kernel.weights]


def _columns(kernels: Sequence[Kernel]) -> int:
    """The largest column buffer; a depthwise convolution takes one padded channel of its map."""
    return max(map(_column, _convolutions(kernels)), default=0)


def _column(kernel: Kernel) -> int:
    weights = kernel.weights[0].dims
    if kernel.kind is KernelKind.DEPTHWISE_CONV:
        sizes = zip(kernel.reads[0].dims[2:], weights[2:], strict=True)
        return _WIDENED * _product(size + 2 * (taps // 2) for size, taps in sizes)
    return _WIDENED * _COLUMNS * _product(weights[1:])


def _widened(kernels: Sequence[Kernel]) -> int:
    """The largest kernel buffer: dense weights of a window beyond one tap, as 16-bit values."""
    shapes = (k.weights[0].dims for k in _convolutions(kernels) if k.kind is KernelKind.DENSE_CONV)
    return max((_WIDENED * _product(each) for each in shapes), default=0)


def _product(sizes: Iterable[int]) -> int:
    return prod(sizes)
