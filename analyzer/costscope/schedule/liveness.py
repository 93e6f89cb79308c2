"""Buffers and their lifetimes: who shares storage, first and last use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from costscope.graph.types import Tensor
from costscope.kernels.types import Kernel, Runtime
from costscope.work import KernelKind

_BEFORE = -1


@dataclass(slots=True)
class Buffer:
    """Storage of one or several tensors.

    Attributes:
        name: the tensor it was made for.
        nbytes: of each of its tensors.
        first: step that fills it; -1 for the graph's inputs.
        last: last step that reads any of its tensors, the number of steps if one of them
            leaves the graph.
    """

    name: str
    nbytes: int
    first: int
    last: int


def buffers(
    kernels: Sequence[Kernel],
    inputs: Sequence[Tensor],
    outputs: Sequence[Tensor],
    runtime: Runtime,
) -> list[Buffer]:
    """The buffers of activations, views and in-place results sharing one.

    A view lies in its input's buffer. A kernel of a kind that the runtime runs in place
    writes over an input of the same size that nothing reads any more, unless the caller
    owns it: an input of the graph. A depthwise convolution writes over a larger one as well;
    from the next step on its result takes no more room than its own. What a
    branch or the last iteration of a loop gave is handed on in place too; what a loop
    collects is held from its first iteration.
    """
    return _Table(kernels, inputs, outputs, runtime).found


class _Table:
    """The buffer of each tensor, step by step."""

    def __init__(
        self,
        kernels: Sequence[Kernel],
        inputs: Sequence[Tensor],
        outputs: Sequence[Tensor],
        runtime: Runtime,
    ) -> None:
        self.runtime = runtime
        self.found: list[Buffer] = []
        self.of: dict[str, Buffer] = {}
        self.read_last = {
            tensor.name: step for step, kernel in enumerate(kernels) for tensor in kernel.reads
        }
        self.read_last.update((tensor.name, len(kernels)) for tensor in outputs)
        for tensor in inputs:
            self._place(tensor, _BEFORE, None)
        for step, kernel in enumerate(kernels):
            for tensor in kernel.reads:
                if tensor.name not in self.of:  # a counter or slice that a loop makes
                    self._place(tensor, step, None)
            begin = _begin(kernels, step) if kernel.kind is KernelKind.CONTROL_FLOW else step
            taken: set[str] = set()
            for tensor in kernel.writes:
                shared = self._shared(kernel, tensor, step, taken)
                if shared is not None and tensor.nbytes < shared.nbytes:
                    taken.add(shared.name)
                    self._place(tensor, step, None, first=step + 1)  # the rest is free then
                else:
                    self._place(tensor, step, shared, first=begin)
                    taken.add(self.of[tensor.name].name)

    def _place(
        self, tensor: Tensor, step: int, shared: Buffer | None, first: int | None = None
    ) -> None:
        """Put what a step makes into a buffer that is there, or into one of its own."""
        if shared is None:
            shared = Buffer(tensor.name, tensor.nbytes, step if first is None else first, step)
            self.found.append(shared)
        shared.last = max(shared.last, self.read_last.get(tensor.name, step))
        self.of[tensor.name] = shared

    def _shared(self, kernel: Kernel, output: Tensor, step: int, taken: set[str]) -> Buffer | None:
        """The buffer that an output lies in without new storage, None if it needs its own."""
        free = [self.of[t.name] for t in kernel.reads if self._fits(kernel, t, output)]
        if kernel.kind is KernelKind.VIEW:
            return free[0] if free else None
        in_place = kernel.kind in self.runtime.in_place
        if in_place and len(kernel.reads) > self.runtime.in_place_operands:
            return None
        if not in_place and kernel.kind is not KernelKind.CONTROL_FLOW:
            return None
        return next(
            (b for b in free if b.last <= step and b.first > _BEFORE and b.name not in taken), None
        )

    def _fits(self, kernel: Kernel, read: Tensor, output: Tensor) -> bool:
        shrinks = kernel.kind is KernelKind.DEPTHWISE_CONV
        return output.nbytes == read.nbytes or (shrinks and output.nbytes < read.nbytes)


def _begin(kernels: Sequence[Kernel], step: int) -> int:
    """The step at which a loop begins to fill its results: the first of its body."""
    begin = step
    while begin > 0 and kernels[begin - 1].repeats > kernels[step].repeats:
        begin -= 1
    return begin
