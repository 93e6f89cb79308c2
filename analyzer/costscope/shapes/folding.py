"""Nodes that need no inference to run: their values, and whose data they hold."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from costscope.errors import ShapeError
from costscope.graph.constants import MAX_VALUE_ELEMENTS
from costscope.graph.types import Node, Storage, Tensor, TensorType
from costscope.ops import OPS, VALUES, Array, Site, Slot, UnknownShapeError, slot_of, work_of
from costscope.shapes.contradiction import Contradictions
from costscope.work import KernelKind

_DATA = (Slot.WEIGHT, Slot.BIAS, Slot.STATISTIC)

# What only moves elements leaves them as they are stored.
_MOVING = (KernelKind.VIEW, KernelKind.MOVEMENT)

# Same inputs, another output each time: never a constant.
_RANDOM = frozenset(
    {
        "Bernoulli",
        "Multinomial",
        "RandomNormal",
        "RandomNormalLike",
        "RandomUniform",
        "RandomUniformLike",
    }
)


def values_of(site: Site, types: Sequence[TensorType]) -> Sequence[Array] | None:
    """The outputs' values, where they follow from small known inputs.

    Raises:
        ShapeError: the values contradict the operator.
    """
    spec = VALUES.get((site.domain, site.op_type))
    if spec is None or not _small(types):
        return None
    if not spec.from_shapes and any(
        tensor is not None and value is None
        for tensor, value in zip(site.inputs, site.values, strict=True)
    ):
        return None
    try:
        # What overflows or divides by zero here is the model's arithmetic, not ours.
        with Contradictions(), np.errstate(all="ignore"):
            return spec.rule(site)
    except UnknownShapeError:
        return None


def _small(types: Sequence[TensorType]) -> bool:
    """Whether every output is small enough to be worth its value."""
    for kind in types:
        if kind.shape is None:
            return False
        count = 1
        for dim in kind.shape:
            count *= dim
        if count > MAX_VALUE_ELEMENTS:
            return False
    return True


def is_constant(site: Site, node: Node, assume: Callable[[str], None]) -> bool:
    """Whether a node can be computed once, before the first inference.

    One with multiply-accumulates is counted as the file has it: a network that computes
    from constants costs what its author wrote, whoever may fold it.
    """
    given = [tensor for tensor in site.inputs if tensor is not None]
    if not given or site.op_type in _RANDOM or not all(tensor.constant for tensor in given):
        return False
    if any(tensor.shape is None for tensor in node.outputs):
        return True
    counted = bool(work_of(node).macs)
    if counted:
        assume(f"{site.name!r} computes from constants alone; its MACs are counted")
    return not counted


def formula_problem(node: Node) -> str | None:
    """Why the work formula cannot be applied to a node, though its shapes are known."""
    try:
        with Contradictions():
            work_of(node)
    except ShapeError as error:
        return f"its formula does not fit: {error}"
    return None


def sources_of(site: Site) -> tuple[str, ...]:
    """The file's constants whose data the outputs of a folded node hold."""
    key = (site.domain, site.op_type)
    found: dict[str, None] = {}
    for slot, tensor in enumerate(site.inputs):
        if tensor is not None and slot_of(key, slot) in _DATA:
            found.update(dict.fromkeys(tensor.sources))
    return tuple(found)


def folded(tensor: Tensor, sources: tuple[str, ...], storage: Storage | None) -> Tensor:
    """An output of a folded node: a constant."""
    return Tensor(
        tensor.name,
        tensor.shape,
        tensor.dtype,
        constant=True,
        sources=sources,
        items=tensor.items,
        storage=storage,
        value=tensor.value,
    )


def storage_of(site: Site) -> Storage | None:
    """How the output of a folded node lies in memory, where that is not as its type says.

    A constant that is dequantized is a weight that stays as it is stored: runtimes fold
    the operator into the kernel that uses it.
    """
    first = site.inputs[0] if site.inputs else None
    if first is None or not first.constant:
        return None
    if site.op_type == "DequantizeLinear":
        scales = (name for each in site.inputs[1:] if each is not None for name in each.sources)
        return Storage(first.stored_dtype, tuple(dict.fromkeys(scales)))
    spec = OPS.get((site.domain, site.op_type))
    return first.storage if spec is not None and spec.kind in _MOVING else None
