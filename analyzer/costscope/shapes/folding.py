"""Nodes that need no inference to run: their values, and whose data they hold."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from costscope.errors import ShapeError
from costscope.graph.constants import MAX_VALUE_ELEMENTS
from costscope.graph.types import Node, TensorType
from costscope.ops import VALUES, Array, Site, Slot, UnknownShapeError, slot_of, work_of
from costscope.shapes.contradiction import Contradictions

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
        if tensor is not None and slot_of(key, slot) in (Slot.WEIGHT, Slot.BIAS):
            found.update(dict.fromkeys(tensor.sources))
    return tuple(found)
