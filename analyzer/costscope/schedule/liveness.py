"""Buffers and their lifetimes: who shares storage, first and last use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from costscope.graph.types import Tensor
from costscope.kernels.types import Kernel, Runtime
from costscope.work import KernelKind

_ALIASES = frozenset({KernelKind.VIEW, KernelKind.CONTROL_FLOW})


@dataclass(slots=True)
class Buffer:
    """Storage of one or several tensors.

    Attributes:
        name: the tensor it was made for.
        nbytes: the largest of its tensors.
        first: step that fills it; -1 for the graph's inputs.
        last: last step that reads it.
    """

    name: str
    nbytes: int
    first: int
    last: int


def buffers(
    kernels: Sequence[Kernel], inputs: Sequence[Tensor], outputs: Sequence[Tensor],
    runtime: Runtime,
) -> list[Buffer]:
    """The buffers of activations, views and in-place results sharing one.

    A view lies in its input's buffer. A kernel of a kind that the runtime runs in place
    writes over an input that is read for the last time there and is large enough.
    """
    last_read = _last_reads(kernels, outputs)
    table: dict[str, Buffer] = {}
    found: list[Buffer] = []

    def fresh(tensor: Tensor, step: int) -> None:
        table[tensor.name] = Buffer(tensor.name, tensor.nbytes, step, step)
        found.append(table[tensor.name])

    for tensor in inputs:
        fresh(tensor, -1)
    for step, kernel in enumerate(kernels):
        for tensor in kernel.reads:
            if tensor.name not in table:
                fresh(tensor, step)
            table[tensor.name].last = max(table[tensor.name].last, step)
        for tensor in kernel.writes:
            shared = _shared(kernel, tensor, step, table, last_read, runtime)
            if shared is None:
                fresh(tensor, step)
                continue
            shared.nbytes = max(shared.nbytes, tensor.nbytes)
            table[tensor.name] = shared
            last_read[shared.name] = max(last_read.get(shared.name, step),
                                         last_read.get(tensor.name, step))
    for tensor in outputs:
        if tensor.name in table:
            table[tensor.name].last = len(kernels)
    return found


def _last_reads(kernels: Sequence[Kernel], outputs: Sequence[Tensor]) -> dict[str, int]:
    last = {tensor.name: step for step, kernel in enumerate(kernels) for tensor in kernel.reads}
    last.update((tensor.name, len(kernels)) for tensor in outputs)
    return last


def _shared(
    kernel: Kernel, output: Tensor, step: int, table: dict[str, Buffer],
    last_read: dict[str, int], runtime: Runtime,
) -> Buffer | None:
    """The buffer that an output lies in without new storage, None if it needs its own."""
    if kernel.kind in _ALIASES:
        same = [t for t in kernel.reads if t.nbytes == output.nbytes and t.name in table]
        return table[same[0].name] if same else None
    if kernel.kind not in runtime.in_place or output is not kernel.writes[0]:
        return None
    for tensor in kernel.reads:
        buffer = table[tensor.name]
        dies = max(last_read.get(tensor.name, step), last_read.get(buffer.name, step)) <= step
        if dies and output.nbytes <= buffer.nbytes and buffer.first >= 0:
            return buffer
    return None
