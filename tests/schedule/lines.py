"""Kernels made by hand, to be put in a schedule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from costscope.dtypes import INT8
from costscope.graph.types import Tensor
from costscope.kernels.types import Kernel, Runtime, Traffic
from costscope.work import NO_WORK, KernelKind

IN_PLACE = Runtime(
    name="r",
    summary="",
    fusion=(),
    in_place=frozenset({KernelKind.ELEMENTWISE, KernelKind.DEPTHWISE_CONV}),
)
PLAIN = Runtime(name="p", summary="", fusion=(), in_place=frozenset())


def tensor(name: str, nbytes: int) -> Tensor:
    """A tensor of so many bytes."""
    return Tensor(name, (nbytes,), INT8)


def kernel(
    kind: KernelKind, reads: Sequence[Tensor], writes: Sequence[Tensor], *, repeats: int = 1
) -> Kernel:
    """A kernel of a kind, named for what it makes."""
    return Kernel(
        name=f"makes {writes[0].name}" if writes else "makes nothing",
        kind=kind,
        nodes=(),
        reads=tuple(reads),
        writes=tuple(writes),
        weights=(),
        parameters=(),
        stored=(),
        compute_dtype="int8",
        work=NO_WORK,
        traffic=Traffic(),
        memory_access=0,
        memory_access_bound=None,
        problem=None,
        repeats=repeats,
    )


@dataclass
class Line:
    """Kernels in order, with what enters and what leaves."""

    kernels: list[Kernel]
    inputs: list[Tensor]
    outputs: list[Tensor]
