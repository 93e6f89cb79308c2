"""What one node computes: one family of operators a file.

An operator is registered by `@op`, which decorates its work formula; `@shape_of` gives its
shape rule (operators of the ONNX schemas may leave it out: ONNX's own inference is used),
and `@value_of` its value on small constants, where it takes part in shape arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from costscope.errors import ShapeError
from costscope.graph.types import Node, Shape, Tensor, TensorType
from costscope.registry import Registry
from costscope.work import NO_WORK, KernelKind, Work

Array = npt.NDArray[Any]
MICROSOFT = "com.microsoft"
NCHWC = "com.microsoft.nchwc"
STANDARD = ""


class Slot(StrEnum):
    """What a constant input means; a slot that is not named holds weights."""

    WEIGHT = "weight"
    BIAS = "bias"
    STATISTIC = "statistic"  # running means and variances: stored with the weights, not learned
    QUANTIZATION = "quantization"  # scales and zero points
    SETTING = "setting"  # shapes, axes, pads, bounds, indices: not a parameter


@dataclass(slots=True)
class Site:
    """A node whose outputs are still to be found: what a shape or value rule sees.

    Attributes:
        values: of each input, its value if it is a small known constant, else None.
        outputs: names of the outputs; "" where one is not asked for.
        assume: records a sentence in the report's list of assumptions.
        infer: what ONNX's own inference says of this node.
        block: channels in a block of onnxruntime's blocked layout, in this graph.
    """

    name: str
    op_type: str
    domain: str
    version: int
    inputs: tuple[Tensor | None, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any]
    values: tuple[Array | None, ...]
    assume: Callable[[str], None]
    infer: Callable[[], Sequence[TensorType]]
    block: int = 16

    def input(self, slot: int) -> Tensor:
        """The tensor of a required slot.

        Raises:
            ShapeError: the input is left out.
        """
        tensor = self.inputs[slot] if slot < len(self.inputs) else None
        if tensor is None:
            raise ShapeError(f"input {slot} is missing")
        return tensor

    def has(self, slot: int) -> bool:
        """Whether an optional input is given."""
        return slot < len(self.inputs) and self.inputs[slot] is not None

    def shape(self, slot: int) -> Shape:
        """The shape of a required slot.

        Raises:
            UnknownShapeError: it is not known.
        """
        tensor = self.input(slot)
        if tensor.shape is None:
            raise UnknownShapeError(f"the shape of its input {tensor.name!r} is unknown")
        return tensor.shape

    def value(self, slot: int) -> Array | None:
        """The known value of a slot, None where it is left out or not known."""
        return self.values[slot] if slot < len(self.values) else None

    def known(self, slot: int) -> Array:
        """The value of a slot that must be known.

        Raises:
            UnknownShapeError: it is left out, or computed from data.
        """
        value = self.value(slot)
        if value is None:
            raise UnknownShapeError(f"the value of its input {slot} is unknown")
        return value

    def ints(self, slot: int, attribute: str | None = None) -> list[int] | None:
        """Integers given as an input, or in older opsets as an attribute; None if absent.

        Raises:
            UnknownShapeError: given as an input that is computed from data.
        """
        if attribute is not None and attribute in self.attributes:
            given = self.attributes[attribute]
            return [int(v) for v in given] if isinstance(given, (list, tuple)) else [int(given)]
        if not self.has(slot):
            return None
        value = self.value(slot)
        if value is None:
            raise UnknownShapeError(
                f"its input {self.input(slot).name!r} is computed from data, not from shapes"
            )
        return [int(v) for v in np.asarray(value).reshape(-1)]


class UnknownShapeError(Exception):
    """An output's shape depends on data: the node is listed as uncosted, never guessed."""


WorkRule = Callable[[Node], Work]
KindRule = Callable[[Node], KernelKind]
ReadRule = Callable[[Node], Mapping[int, int]]
ShapeRule = Callable[[Site], Sequence[TensorType]]
ValueRule = Callable[[Site], Sequence[Array]]


@dataclass(frozen=True, slots=True)
class OpSpec:
    """What is known of one operator.

    Attributes:
        kind: kernel kind, or a function that finds it from the node.
        work: arithmetic of one run.
        slots: meaning of constant inputs that are not weights, by slot.
        reads: elements really read of an input, by slot, where not all are (Gather, Slice).
        elements: weights really held by a constant, by slot, where several are packed into
            one stored element (4-bit weights in bytes): for counting parameters, not bytes.
        unsupported: why the operator is knowingly not costed; None where it is.
    """

    kind: KernelKind | KindRule
    work: WorkRule
    slots: Mapping[int, Slot] = field(default_factory=dict)
    reads: ReadRule | None = None
    elements: ReadRule | None = None
    unsupported: str | None = None

    def kind_of(self, node: Node) -> KernelKind:
        """The kernel kind of a node of this operator."""
        return self.kind if isinstance(self.kind, KernelKind) else self.kind(node)


@dataclass(frozen=True, slots=True)
class ValueSpec:
    """How an operator's outputs follow from known inputs.

    Attributes:
        rule: from a node to the values of its outputs.
        from_shapes: only the inputs' shapes are needed, not their values (Shape, Size).
    """

    rule: ValueRule
    from_shapes: bool = False


def _is_foreign(key: tuple[str, str]) -> bool:
    """Whether an operator is none of the standard: then onnxruntime's are looked through."""
    return key[0] != STANDARD


# An operator is looked up before its rules: one of onnxruntime's in the standard's domain
# brings its rules along.
OPS: Registry[tuple[str, str], OpSpec] = Registry("costscope.ops", "operator", late="contrib")
SHAPES: Registry[tuple[str, str], ShapeRule] = Registry(
    "costscope.ops", "shape rule", late="contrib", may_be_late=_is_foreign
)
VALUES: Registry[tuple[str, str], ValueSpec] = Registry(
    "costscope.ops", "value rule", late="contrib", may_be_late=_is_foreign
)


def op(
    *op_types: str,
    kind: KernelKind | KindRule,
    domain: str = STANDARD,
    slots: Mapping[int, Slot] | None = None,
    reads: ReadRule | None = None,
    elements: ReadRule | None = None,
) -> Callable[[WorkRule], WorkRule]:
    """Register a work formula for one or several operators of a domain."""

    def decorate(work: WorkRule) -> WorkRule:
        for op_type in op_types:
            OPS.add((domain, op_type), OpSpec(kind, work, slots or {}, reads, elements))
        return work

    return decorate


def shape_of(*op_types: str, domain: str = STANDARD) -> Callable[[ShapeRule], ShapeRule]:
    """Register a shape rule for one or several operators of a domain."""

    def decorate(rule: ShapeRule) -> ShapeRule:
        for op_type in op_types:
            SHAPES.add((domain, op_type), rule)
        return rule

    return decorate


def value_of(
    *op_types: str, domain: str = STANDARD, from_shapes: bool = False
) -> Callable[[ValueRule], ValueRule]:
    """Register how an operator's outputs follow from known small inputs."""

    def decorate(rule: ValueRule) -> ValueRule:
        for op_type in op_types:
            VALUES.add((domain, op_type), ValueSpec(rule, from_shapes))
        return rule

    return decorate


def no_work(_node: Node) -> Work:
    """No arithmetic: the operator moves data, or does nothing at all."""
    return NO_WORK


def unsupported(reason: str, *op_types: str, domain: str = STANDARD) -> None:
    """Register operators that are knowingly not costed, with the reason."""
    for op_type in op_types:
        OPS.add((domain, op_type), OpSpec(KernelKind.UNCOSTED, no_work, unsupported=reason))


def why_uncosted(node: Node) -> str | None:
    """Why a node has no cost; None where it has one."""
    if node.problem is not None:
        return node.problem
    spec = OPS.get(node.key)
    if spec is None:
        where = f"domain {node.domain!r}" if node.domain else "the ONNX standard"
        return f"no formula for {node.op_type} of {where}"
    return spec.unsupported


def kind_of(node: Node) -> KernelKind:
    """The kernel kind of a node; `uncosted` where nothing is known of it."""
    spec = OPS.get(node.key)
    if spec is None or why_uncosted(node) is not None:
        return KernelKind.UNCOSTED
    return spec.kind_of(node)


def work_of(node: Node) -> Work:
    """The arithmetic of one run of a node; zero where it is uncosted (ask `why_uncosted`)."""
    spec = OPS.get(node.key)
    if spec is None or why_uncosted(node) is not None:
        return NO_WORK
    return spec.work(node)


def packed_elements(node: Node) -> Mapping[int, int]:
    """Weights really held by each constant input that packs several into one element."""
    spec = OPS.get(node.key)
    if spec is None or spec.elements is None or why_uncosted(node) is not None:
        return {}
    return spec.elements(node)


def slot_of(node_key: tuple[str, str], slot: int) -> Slot:
    """What a constant in this slot of an operator means."""
    spec = OPS.get(node_key)
    return Slot.WEIGHT if spec is None else spec.slots.get(slot, Slot.WEIGHT)
