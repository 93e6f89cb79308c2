"""One step a kernel, in the graph's order: what every common runtime does."""

from __future__ import annotations

from collections.abc import Sequence

from costscope.graph.types import Tensor
from costscope.kernels.types import Kernel, Runtime
from costscope.schedule.arena import arena
from costscope.schedule.liveness import Buffer, buffers
from costscope.schedule.types import Held, Peak, Schedule, Step


def layerwise(
    kernels: Sequence[Kernel],
    inputs: Sequence[Tensor],
    outputs: Sequence[Tensor],
    runtime: Runtime,
) -> Schedule:
    """The kernels in order, with the bytes held at each and the peak among them.

    A step holds what it reads, what it writes, and what later steps still read; graph
    inputs are held until their last use, graph outputs to the end.
    """
    found = buffers(kernels, inputs, outputs, runtime)
    held = _held(found, len(kernels))
    steps = tuple(Step(kernel, nbytes) for kernel, nbytes in zip(kernels, held, strict=True))
    tensors = [t for kernel in kernels for t in (*kernel.reads, *kernel.writes)]
    complete = all(t.shape is not None or t.items is not None for t in tensors)
    peak = _peak(found, held, kernels)
    laid = arena(kernels, inputs, outputs, runtime=runtime, held_bytes=peak.nbytes)
    return Schedule("layerwise", steps, peak, complete, laid if complete else None)


def _held(found: Sequence[Buffer], count: int) -> list[int]:
    """Bytes held at each step: the running sum of buffers that open and close."""
    change = [0] * (count + 2)
    for buffer in found:
        change[max(buffer.first, 0)] += buffer.nbytes
        change[min(buffer.last, count) + 1] -= buffer.nbytes
    held, now = [], 0
    for step in range(count):
        now += change[step]
        held.append(now)
    return held


def _peak(found: Sequence[Buffer], held: list[int], kernels: Sequence[Kernel]) -> Peak:
    if not held:
        return Peak(0, "", ())
    step = max(range(len(held)), key=held.__getitem__)
    alive = [
        Held(buffer.name, buffer.nbytes)
        for buffer in found
        if max(buffer.first, 0) <= step <= buffer.last
    ]
    alive.sort(key=lambda buffer: -buffer.nbytes)
    return Peak(held[step], kernels[step].name, tuple(alive))
