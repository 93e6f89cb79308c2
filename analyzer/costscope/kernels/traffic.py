"""A cell as a kernel: its kind, its work, and the bytes at its edges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod, sqrt

from costscope.dtypes import FLOAT32
from costscope.graph.types import Node, Tensor
from costscope.kernels.cell import Cell
from costscope.kernels.types import Kernel, Traffic
from costscope.ops import OPS, Slot, kind_of, why_uncosted, work_of
from costscope.work import CONVOLUTIONS, NO_WORK, KernelKind, Work

# Views and control flow hand on what there is; what is not understood is in no sum.
_MOVES_NOTHING = frozenset({KernelKind.VIEW, KernelKind.CONTROL_FLOW, KernelKind.UNCOSTED})
_NO_TRAFFIC = Traffic()
_PARAMETERS = (Slot.WEIGHT, Slot.BIAS, Slot.STATISTIC)
_STORED = (*_PARAMETERS, Slot.QUANTIZATION)
_PRODUCTS = (KernelKind.FULLY_CONNECTED, KernelKind.BATCHED_MATMUL)
_QUANTIZED_BITS = (4, 8)

_Roles = Mapping[str, tuple[Slot, Tensor]]


def kernel_of(cell: Cell) -> Kernel:
    """The kernel of a cell."""
    works = [NO_WORK if node.name in cell.folded else work_of(node) for node in cell.nodes]
    main = cell.nodes[0] if len(works) == 1 else _main(cell, works)
    work = works[0] if len(works) == 1 else sum(works, NO_WORK)
    problem = next((why for node in cell.nodes if (why := why_uncosted(node)) is not None), None)
    kind = (cell.kind or kind_of(main)) if problem is None else KernelKind.UNCOSTED
    roles, reads = _entering(cell, main if work.macs else None, kind)
    weights = tuple(tensor for role, tensor in roles.values() if role is Slot.WEIGHT)
    moves = kind not in _MOVES_NOTHING
    amounts = _amounts(cell, (*reads, *weights)) if moves else {}
    return Kernel(
        name=main.name,
        kind=kind,
        runs_as=cell.op.removesuffix("?"),
        nodes=cell.nodes,
        reads=reads,
        writes=cell.outputs,
        weights=weights,
        parameters=_sources(roles, _PARAMETERS),
        statistics=_sources(roles, (Slot.STATISTIC,)),
        stored=_sources(roles, _STORED),
        compute_dtype=_compute_dtype(main, reads, cell.outputs),
        work=work,
        traffic=_traffic(reads, weights, cell.outputs, amounts) if moves else _NO_TRAFFIC,
        memory_access=sum(amounts.values(), sum(t.elements for t in cell.outputs)) if moves else 0,
        memory_access_bound=_bound(main, kind, max(each.macs for each in works)),
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


def _entering(
    cell: Cell, product: Node | None, kind: KernelKind
) -> tuple[_Roles, tuple[Tensor, ...]]:
    """What each constant that enters is for, and the activations that enter, each once.

    A constant is a weight if any node reads it as one. What is worked into other constants
    before the network runs, or added to a product, is part of the file's parameters but
    moved by no kernel: a bias. A literal of a formula is no parameter at all.
    """
    made = {tensor.name for node in cell.nodes for tensor in node.outputs}
    roles: dict[str, tuple[Slot, Tensor]] = {}
    reads: dict[str, Tensor] = {}
    for node in cell.nodes:
        spec = OPS.get(node.key)
        slots = {} if spec is None else spec.slots
        beside = node.name in cell.folded or (product is not None and node is not product)
        for slot, tensor in enumerate(node.inputs):
            if tensor is None or tensor.name in made:
                continue
            role = slots.get(slot, Slot.WEIGHT)
            if not tensor.constant:
                is_number = role is Slot.SETTING and tensor.shape == ()
                if not is_number or kind is KernelKind.CONTROL_FLOW:
                    reads[tensor.name] = tensor
                continue
            if role is Slot.WEIGHT and tensor.shape == ():
                role = Slot.SETTING
            elif role is Slot.WEIGHT and beside:
                role = Slot.BIAS
            known = roles.get(tensor.name)
            if known is None or known[0] is not Slot.WEIGHT:
                roles[tensor.name] = role, tensor
    return roles, tuple(reads.values())


def _amounts(cell: Cell, tensors: Sequence[Tensor]) -> dict[str, int]:
    """Elements really read of each tensor that enters."""
    if len(cell.nodes) == 1 and not _reads_parts(cell.node):
        return {tensor.name: tensor.elements for tensor in tensors}
    needed: dict[str, int] = {}
    for node in reversed(cell.nodes):
        spec = OPS.get(node.key)
        parts = spec.reads(node) if spec is not None and spec.reads is not None else {}
        through = needed.get(node.output.name) if node.name in cell.folded else None
        for slot, tensor in enumerate(node.inputs):
            if tensor is None:
                continue
            # An operator that is left out hands on what is wanted of it, and no more.
            wanted = through if through is not None and slot == 0 else parts.get(slot)
            amount = tensor.elements if wanted is None else min(wanted, tensor.elements)
            needed[tensor.name] = max(needed.get(tensor.name, 0), amount)
    return {tensor.name: needed.get(tensor.name, 0) for tensor in tensors}


def _reads_parts(node: Node) -> bool:
    spec = OPS.get(node.key)
    return spec is not None and spec.reads is not None


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
    return tensor.nbytes if elements == tensor.elements else tensor.nbytes_of(elements)


def _sources(roles: _Roles, wanted: Sequence[Slot]) -> tuple[str, ...]:
    """The file's constants behind the constants that a kernel reads in these roles."""
    found: dict[str, None] = {}
    for role, tensor in roles.values():
        if role in wanted:
            found.update(dict.fromkeys(tensor.sources))
            if tensor.storage is not None and Slot.QUANTIZATION in wanted:
                found.update(dict.fromkeys(tensor.storage.scales))
    return tuple(found)


def _compute_dtype(main: Node, reads: Sequence[Tensor], writes: Sequence[Tensor]) -> str:
    """The type of what flows in, integers of indices aside."""
    for tensor in (*reads, *writes, *main.outputs):
        if tensor.dtype.is_float or tensor.dtype.bits in _QUANTIZED_BITS:
            return tensor.dtype.compute_name
    return next((t.dtype.compute_name for t in (*reads, *writes)), FLOAT32.name)


def _bound(main: Node, kind: KernelKind, macs: int) -> float | None:
    """ShuffleNet-v2, Eq. 1: 2*sqrt(hwB/k^2) + B/hw."""
    if not macs:
        return None
    if kind in CONVOLUTIONS or (kind is KernelKind.FULLY_CONNECTED and main.op_type == "Conv"):
        area = prod(main.shape(1)[2:])
        positions = main.output.elements // max(1, main.output.dims[1])
    elif kind in _PRODUCTS:
        area = 1
        positions = main.output.elements // max(1, main.output.dims[-1] if main.output.dims else 1)
    else:
        return None
    return 2 * sqrt(positions * macs / area) + macs / positions if positions else None
