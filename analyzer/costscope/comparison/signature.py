"""What is compared of a kernel: a key that says all that it costs by, and looser ones."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from costscope.analysis.blocks import block_of, numbered, parts_of
from costscope.graph.types import Shape, Tensor
from costscope.kernels.types import Kernel
from costscope.work import CONVOLUTIONS, FREE, KernelKind

# Worked into constants or into an element type, both of which are compared themselves.
_ABSORBED = frozenset(
    {"BatchNormalization", "QuantizeLinear", "DequantizeLinear", "Identity", "Dropout"}
)
_WEIGHTED = CONVOLUTIONS | {KernelKind.FULLY_CONNECTED}
_BATCH_AND_CHANNELS = 2
_TOLD = ("dilations", "perm", "mode")  # attributes that shapes do not tell


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """Keys of a kernel; two kernels are alike in what they have equal keys of.

    Attributes:
        exact: what runs, on which shapes, at which cost: no change if it is the same.
        name: of the kernel; None where it only counts.
        output: of what it writes first; None where it only counts.
        block: the path that its name stands in; None without one.
        kind: of kernel.
        weighted: whether it is a layer: a convolution or fully connected.
        ops: its operators.
        sizes: height and width of what it writes.
        writes: shapes that it writes.
        reads: shapes that it reads.
        weights: shapes of its weights; None without any.
    """

    exact: Hashable
    name: Hashable | None
    output: Hashable | None
    block: Hashable | None
    kind: KernelKind
    weighted: bool
    ops: Hashable
    sizes: Hashable
    writes: Hashable
    reads: Hashable
    weights: Hashable | None


def signature(kernel: Kernel) -> Signature:
    """The keys of a kernel; no weight's values and no name is in the exact one."""
    ops = tuple(op for op in kernel.op_types if op not in _ABSORBED)
    runs_as = kernel.runs_as
    if kernel.kind in FREE:  # nobody runs a Flatten or a Reshape
        ops, runs_as = (), ""
    reads = sorted((_shape(tensor) for tensor in kernel.reads), key=repr)
    writes = tuple(map(_shape, kernel.writes))
    weights = tuple(map(_shape, kernel.weights))
    output = kernel.writes[0].name if kernel.writes else ""
    sizes = writes[0][_BATCH_AND_CHANNELS:] if writes and writes[0] else None
    return Signature(
        exact=_exact(kernel, runs_as, ops, tuple(reads), writes, weights),
        name=None if numbered(kernel.name) else parts_of(kernel.name),
        output=None if not output or numbered(output) else output,
        block=block_of(kernel.name) or None,
        kind=kernel.kind,
        weighted=kernel.kind in _WEIGHTED,
        ops=ops,
        sizes=sizes,
        writes=writes,
        reads=tuple(reads),
        weights=weights or None,
    )


def _exact(kernel: Kernel, runs_as: str, *shapes: Hashable) -> Hashable:
    dtypes = [
        tuple(tensor.stored_dtype.name for tensor in tensors)
        for tensors in (kernel.writes, kernel.weights)
    ]
    read = tuple(sorted(tensor.stored_dtype.name for tensor in kernel.reads))
    return (
        kernel.kind,
        runs_as,
        kernel.compute_dtype,
        kernel.repeats,
        kernel.problem,
        kernel.work,
        kernel.traffic,
        shapes,
        read,
        *dtypes,
        _attributes(kernel),
    )


def _attributes(kernel: Kernel) -> Hashable:
    """What shapes do not tell; all that there is where nobody knows what they mean."""
    found = []
    for node in kernel.nodes:
        names = _TOLD if kernel.problem is None else sorted(node.attributes)
        for name in names:
            value = node.attributes.get(name)
            if value is None or (name == "dilations" and set(value) == {1}):
                continue
            found.append((node.op_type, name, repr(value)))
    return tuple(found)


def _shape(tensor: Tensor) -> Shape | None:
    return tensor.shape
