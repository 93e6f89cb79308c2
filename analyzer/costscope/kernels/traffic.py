"""A cell as a kernel: its kind, its work, and the bytes at its edges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod, sqrt

from costscope.dtypes import FLOAT32
from costscope.graph.types import Node, Tensor
from costscope.kernels.cell import Cell
from costscope.kernels.types import Kernel, Traffic
from costscope.ops import OPS, Slot, kind_of, slot_of, why_uncosted, work_of
from costscope.work import CONVOLUTIONS, NO_WORK, KernelKind, Work

_FREE = frozenset({KernelKind.VIEW, KernelKind.CONTROL_FLOW})
_PARAMETERS = (Slot.WEIGHT, Slot.BIAS)
_PRODUCTS = (KernelKind.FULLY_CONNECTED, KernelKind.BATCHED_MATMUL)
_QUANTIZED_BITS = (4, 8)


def kernel_of(cell: Cell) -> Kernel:
    """The kernel of a cell."""
    works = [NO_WORK if node.name in cell.folded else work_of(node) for node in cell.nodes]
    main = cell.nodes[0] if len(cell.nodes) == 1 else _main(cell, works)
    problem = next((why for why in map(why_uncosted, cell.nodes) if why is not None), None)
    kind = cell.kind or kind_of(main)
    roles = _roles(cell)
    reads, weights = _entering(cell, roles, kind)
    free = kind in _FREE
    amounts = {} if free else _amounts(cell, (*reads, *weights))
    work = works[0] if len(works) == 1 else sum(works, NO_WORK)
    return Kernel(
        name=main.name,
        kind=kind if problem is None else KernelKind.UNCOSTED,
        runs_as=cell.op,
        nodes=cell.nodes,
        reads=reads,
        writes=cell.outputs,
        weights=weights,
        parameters=_sources(roles, _PARAMETERS),
        stored=_sources(roles, (*_PARAMETERS, Slot.QUANTIZATION)),
        compute_dtype=_compute_dtype(main, reads, cell.outputs),
        work=work,
        traffic=Traffic() if free else _traffic(reads, weights, cell.outputs, amounts),
        memory_access=0 if free else sum(amounts.values()) + sum(t.elements for t in cell.outputs),
        memory_access_bound=_bound(main, kind, work_of(main)) if work.macs else None,
        problem=problem,
        repeats=main.repeats,
    )


def _main(cell: Cell, works: Sequence[Work]) -> Node:
    """The heaviest node: most MACs, then most other operations, then the first that runs."""
    ranked = [
        (work.macs, node.name not in cell.folded, work.flops, -place)
        for place, (node, work) in enumerate(zip(cell.nodes, works, strict=True))
    ]
    return cell.nodes[-max(ranked)[-1]]


def _roles(cell: Cell) -> dict[str, tuple[Slot, Tensor]]:
    """What each constant that enters is for; a weight if any node reads it as one.

    What is worked into other constants before the network runs is part of the file's
    parameters but moved by no kernel: like a bias.
    """
    roles: dict[str, tuple[Slot, Tensor]] = {}
    for node in cell.nodes:
        for slot, tensor in enumerate(node.inputs):
            if tensor is None or not tensor.constant:
                continue
            role = slot_of(node.key, slot)
            if role is Slot.WEIGHT:
                if tensor.shape == ():
                    role = Slot.SETTING  # a literal of the formula, not a learned parameter
                elif node.name in cell.folded:
                    role = Slot.BIAS
            known = roles.get(tensor.name)
            if known is None or known[0] is not Slot.WEIGHT:
                roles[tensor.name] = role, tensor
    return roles


def _entering(
    cell: Cell, roles: Mapping[str, tuple[Slot, Tensor]], kind: KernelKind
) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
    """Activations and weights that enter, each once."""
    made = {tensor.name for node in cell.nodes for tensor in node.outputs}
    reads: dict[str, Tensor] = {}
    for node in cell.nodes:
        for slot, tensor in enumerate(node.inputs):
            if tensor is None or tensor.constant or tensor.name in made:
                continue
            is_setting = tensor.shape == () and slot_of(node.key, slot) is Slot.SETTING
            if not is_setting or kind is KernelKind.CONTROL_FLOW:
                reads[tensor.name] = tensor
    weights = tuple(tensor for role, tensor in roles.values() if role is Slot.WEIGHT)
    return tuple(reads.values()), weights


def _amounts(cell: Cell, tensors: Sequence[Tensor]) -> dict[str, int]:
    """Elements really read of each tensor that enters."""
    amounts = {tensor.name: 0 for tensor in tensors}
    needed: dict[str, int] = {}
    for node in reversed(cell.nodes):
        spec = OPS.get(node.key)
        partial = spec.reads(node) if spec and spec.reads and not node.problem else {}
        through = needed.get(node.output.name) if node.name in cell.folded else None
        for slot, tensor in enumerate(node.inputs):
            if tensor is None:
                continue
            amount = partial.get(slot, tensor.elements)
            if through is not None and slot == 0:
                amount = through  # an operator left out hands on what is wanted of it
            amount = min(amount, tensor.elements)
            needed[tensor.name] = max(needed.get(tensor.name, 0), amount)
    for name in amounts:
        amounts[name] = needed.get(name, 0)
    return amounts


def _traffic(
    reads: Sequence[Tensor],
    weights: Sequence[Tensor],
    writes: Sequence[Tensor],
    amounts: Mapping[str, int],
) -> Traffic:
    return Traffic(
        weight_bytes=sum(_nbytes(t, amounts[t.name]) for t in weights),
        read_bytes=sum(_nbytes(t, amounts[t.name]) for t in reads),
        write_bytes=sum(t.nbytes for t in writes),
    )


def _nbytes(tensor: Tensor, elements: int) -> int:
    return tensor.nbytes if elements == tensor.elements else tensor.dtype.nbytes(elements)


def _sources(
    roles: Mapping[str, tuple[Slot, Tensor]], wanted: Sequence[Slot]
) -> tuple[str, ...]:
    """The file's constants behind the constants that a kernel reads in these roles."""
    found: dict[str, None] = {}
    for role, tensor in roles.values():
        if role in wanted:
            found.update(dict.fromkeys(tensor.sources))
    return tuple(found)


def _compute_dtype(main: Node, reads: Sequence[Tensor], writes: Sequence[Tensor]) -> str:
    """The type of what flows in, integers of indices aside."""
    for tensor in (*reads, *writes, *main.outputs):
        if tensor.dtype.is_float or tensor.dtype.bits in _QUANTIZED_BITS:
            return tensor.dtype.compute_name
    return next((t.dtype.compute_name for t in (*reads, *writes)), FLOAT32.name)


def _bound(main: Node, kind: KernelKind, work: Work) -> float | None:
    """ShuffleNet-v2, Eq. 1: 2*sqrt(hwB/k^2) + B/hw."""
    if not work.macs or main.problem is not None:
        return None
    if kind in CONVOLUTIONS or (kind is KernelKind.FULLY_CONNECTED and main.op_type == "Conv"):
        area = prod(main.shape(1)[2:])
        positions = main.output.elements // max(1, main.output.dims[1])
    elif kind in _PRODUCTS:
        area = 1
        positions = main.output.elements // max(1, main.output.dims[-1] if main.output.dims else 1)
    else:
        return None
    return 2 * sqrt(positions * work.macs / area) + work.macs / positions if positions else None
