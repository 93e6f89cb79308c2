"""A group of nodes as a kernel: its kind, its work, and the bytes at its edges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod, sqrt

from costscope.dtypes import FLOAT32
from costscope.graph.types import Node, Tensor
from costscope.kernels.quantization import Group
from costscope.kernels.types import Kernel, Traffic
from costscope.ops import OPS, Slot, kind_of, slot_of, why_uncosted, work_of
from costscope.work import CONVOLUTIONS, NO_WORK, KernelKind, Work

_FREE = frozenset({KernelKind.VIEW, KernelKind.CONTROL_FLOW})
_PARAMETERS = (Slot.WEIGHT, Slot.BIAS)


def kernel_of(group: Group) -> Kernel:
    """The kernel of a group of nodes."""
    works = [work_of(node) for node in group.nodes]
    main = _main(group.nodes, works)
    kind = kind_of(main)
    problem = next((why for why in map(why_uncosted, group.nodes) if why is not None), None)
    roles = _roles(group)
    weights = tuple(t for t in group.reads if t.constant and roles.get(t.name) is Slot.WEIGHT)
    reads = tuple(t for t in group.reads if not t.constant and t.name not in _unread(group, kind))
    free = kind in _FREE
    amounts = {} if free else _amounts(group, (*reads, *weights))
    work = sum(works, NO_WORK)
    return Kernel(
        name=main.name,
        kind=kind if problem is None else KernelKind.UNCOSTED,
        nodes=group.nodes,
        reads=reads,
        writes=group.writes,
        weights=weights,
        parameters=_sources(group, roles, _PARAMETERS),
        stored=_sources(group, roles, (*_PARAMETERS, Slot.QUANTIZATION)),
        compute_dtype=_compute_dtype(main, reads, group.writes),
        work=work,
        traffic=_traffic(reads, weights, group.writes, amounts, free=free),
        memory_access=0 if free else sum(amounts.values()) + sum(t.elements for t in group.writes),
        memory_access_bound=_bound(main, kind, work),
        problem=problem,
        repeats=main.repeats,
    )


def _main(nodes: Sequence[Node], works: Sequence[Work]) -> Node:
    """The heaviest node: most MACs, then most other operations, then the first real one."""
    ranked = [
        (work.macs, kind_of(node) is not KernelKind.QUANTIZATION, work.flops, -place)
        for place, (node, work) in enumerate(zip(nodes, works, strict=True))
    ]
    return nodes[-max(ranked)[-1]]


def _roles(group: Group) -> dict[str, Slot]:
    """What each constant that enters is for; a weight if any node reads it as one."""
    roles: dict[str, Slot] = {}
    for node in group.nodes:
        for slot, tensor in enumerate(node.inputs):
            if tensor is None or not tensor.constant:
                continue
            role = slot_of(node.key, slot)
            if role is Slot.WEIGHT and tensor.shape == ():
                role = Slot.SETTING  # a literal of the formula, not a learned parameter
            if roles.get(tensor.name) is not Slot.WEIGHT:
                roles[tensor.name] = role
    return roles


def _unread(group: Group, kind: KernelKind) -> set[str]:
    """Activations that enter but are only settings (the shape a Reshape is given)."""
    if kind is KernelKind.CONTROL_FLOW:
        return set()
    settings: set[str] = set()
    data: set[str] = set()
    for node in group.nodes:
        for slot, tensor in enumerate(node.inputs):
            if tensor is not None:
                is_setting = slot_of(node.key, slot) is Slot.SETTING
                (settings if is_setting else data).add(tensor.name)
    return {name for name in settings - data if _is_scalar(group, name)}


def _is_scalar(group: Group, name: str) -> bool:
    return any(t.name == name and t.shape == () for t in group.reads)


def _amounts(group: Group, tensors: Sequence[Tensor]) -> dict[str, int]:
    """Elements really read of each tensor that enters."""
    amounts = {tensor.name: 0 for tensor in tensors}
    for node in group.nodes:
        spec = OPS.get(node.key)
        partial = spec.reads(node) if spec and spec.reads and not node.problem else {}
        for slot, tensor in enumerate(node.inputs):
            if tensor is not None and tensor.name in amounts:
                amount = partial.get(slot, tensor.elements)
                amounts[tensor.name] = max(amounts[tensor.name], min(amount, tensor.elements))
    for tensor in tensors:  # what entered in place of a dequantized tensor
        if not any(t is not None and t.name == tensor.name for n in group.nodes for t in n.inputs):
            amounts[tensor.name] = tensor.elements
    return amounts


def _traffic(
    reads: Sequence[Tensor], weights: Sequence[Tensor], writes: Sequence[Tensor],
    amounts: Mapping[str, int], *, free: bool,
) -> Traffic:
    if free:
        return Traffic()
    return Traffic(
        weight_bytes=sum(_nbytes(t, amounts[t.name]) for t in weights),
        read_bytes=sum(_nbytes(t, amounts[t.name]) for t in reads),
        write_bytes=sum(t.nbytes for t in writes),
    )


def _nbytes(tensor: Tensor, elements: int) -> int:
    return tensor.nbytes if elements == tensor.elements else tensor.dtype.nbytes(elements)


def _sources(
    group: Group, roles: Mapping[str, Slot], wanted: Sequence[Slot]
) -> tuple[str, ...]:
    """The file's constants behind the constants that a kernel reads in these roles."""
    found: dict[str, None] = {}
    for tensor in group.reads:
        if tensor.constant and roles.get(tensor.name) in wanted:
            found.update(dict.fromkeys(tensor.sources))
    return tuple(found)


def _compute_dtype(main: Node, reads: Sequence[Tensor], writes: Sequence[Tensor]) -> str:
    """The type of what flows in, integers of indices aside."""
    for tensor in (*reads, *writes, *main.outputs):
        if tensor.dtype.is_float or tensor.dtype.bits in (4, 8):
            return tensor.dtype.compute_name
    return next((t.dtype.compute_name for t in (*reads, *writes)), FLOAT32.name)


def _bound(main: Node, kind: KernelKind, work: Work) -> float | None:
    """ShuffleNet-v2, Eq. 1: 2*sqrt(hwB/k^2) + B/hw."""
    if not work.macs or main.problem is not None:
        return None
    if kind in CONVOLUTIONS or (kind is KernelKind.FULLY_CONNECTED and main.op_type == "Conv"):
        area = prod(main.shape(1)[2:])
        positions = main.output.elements // max(1, main.output.dims[1])
    elif kind in (KernelKind.FULLY_CONNECTED, KernelKind.BATCHED_MATMUL):
        area = 1
        positions = main.output.elements // max(1, main.output.dims[-1] if main.output.dims else 1)
    else:
        return None
    macs = work_of(main).macs
    return 2 * sqrt(positions * macs / area) + macs / positions if positions else None
