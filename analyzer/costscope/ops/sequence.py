"""Sequences and optionals: lists of tensors, which are passed on without being copied."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np

from costscope.dtypes import BOOL, FLOAT32, INT64, OPAQUE, from_onnx
from costscope.errors import ShapeError
from costscope.graph.dims import axis_of
from costscope.graph.types import Node, TensorType
from costscope.ops import Array, Site, Slot, UnknownShapeError, no_work, op, shape_of, value_of
from costscope.work import KernelKind, Work

Members = tuple[TensorType, ...]
# Sequences of more members than this stand in no real graph.
_MOST_MEMBERS = 10_000


@op(
    "SequenceConstruct",
    "SequenceEmpty",
    "SequenceAt",
    "SequenceErase",
    "SequenceInsert",
    "SequenceLength",
    "Optional",
    "OptionalGetElement",
    "OptionalHasElement",
    kind=KernelKind.VIEW,
    slots={1: Slot.SETTING, 2: Slot.SETTING},
)
def handing_on(node: Node) -> Work:
    """Nothing: a sequence holds references to its members.

    Source:
        ONNX operators Sequence*, version 11, and Optional*, versions 15 to 18.
    """
    return no_work(node)


@op("SplitToSequence", "ConcatFromSequence", kind=KernelKind.MOVEMENT, slots={1: Slot.SETTING})
def copying(node: Node) -> Work:
    """No arithmetic: every element is read once and written once.

    Source:
        ONNX operators SplitToSequence, versions 11 to 24, and ConcatFromSequence,
        version 11.
    """
    return no_work(node)


def members(site: Site) -> Members:
    """The members of the sequence that comes in first.

    Raises:
        UnknownShapeError: how many there are depends on data.
    """
    given = site.input(0)
    if given.items is None:
        raise UnknownShapeError(f"the members of its input {given.name!r} are unknown")
    return given.items


def _sequence(site: Site, items: Members) -> list[TensorType]:
    """A sequence of these, in their element type."""
    _followed(len(items))
    return [TensorType(None, items[0].dtype if items else site.input(0).dtype, items)]


def _followed(count: int) -> int:
    """A number of members that is still followed one by one.

    Raises:
        UnknownShapeError: there are more: such a file would only exhaust the memory.
    """
    if count > _MOST_MEMBERS:
        raise UnknownShapeError(f"a sequence of {count:,} members is not followed")
    return count


def _position(site: Site, slot: int, count: int, default: int) -> int | None:
    """The place given, counted from the front; None where it is computed from data.

    Raises:
        ShapeError: there is no such place.
    """
    if not site.has(slot):
        place = default
    elif site.value(slot) is None:
        return None
    else:
        place = (site.ints(slot) or [default])[0]
    if place == default or 0 <= place < count:
        return place
    if not -count <= place < 0:
        raise ShapeError(f"place {place} is outside a sequence of {count} members")
    return place + count


@shape_of("SequenceConstruct")
def sequence_construct(site: Site) -> Sequence[TensorType]:
    """Its inputs, one after the other."""
    inputs = [site.input(slot) for slot in range(len(site.inputs))]
    return _sequence(site, tuple(TensorType(t.shape, t.dtype, t.items) for t in inputs))


@shape_of("SequenceEmpty")
def sequence_empty(site: Site) -> Sequence[TensorType]:
    """No members."""
    code = site.attributes.get("dtype")
    return [TensorType(None, FLOAT32 if code is None else from_onnx(int(code)), ())]


@shape_of("SequenceAt")
def sequence_at(site: Site) -> Sequence[TensorType]:
    """One member; the largest where the place is computed from data and they differ."""
    items = members(site)
    if not items:
        raise ShapeError("its sequence is empty")
    place = _position(site, 1, len(items), len(items) - 1)
    if place is not None:
        return [items[place]]
    if any(item != items[0] for item in items):
        site.assume(
            f"{site.name!r} (SequenceAt) picks by data; costed for the largest member, "
            "an upper bound"
        )
    return [max(items, key=lambda item: prod(item.shape or ()))]


@shape_of("SequenceErase")
def sequence_erase(site: Site) -> Sequence[TensorType]:
    """All members but one: the last if no place is given."""
    items = members(site)
    if not items:
        raise ShapeError("its sequence is empty")
    place = _position(site, 1, len(items), len(items) - 1)
    if place is None:
        _same_members(items)
        place = 0
    return _sequence(site, items[:place] + items[place + 1 :])


@shape_of("SequenceInsert")
def sequence_insert(site: Site) -> Sequence[TensorType]:
    """One member more: behind the others if no place is given."""
    items, new = members(site), site.input(1)
    kind = TensorType(new.shape, new.dtype, new.items)
    place = _position(site, 2, len(items), len(items))
    if place is None:
        _same_members((*items, kind))
        place = 0
    return _sequence(site, (*items[:place], kind, *items[place:]))


def _same_members(items: Members) -> None:
    if any(item != items[0] for item in items):
        raise UnknownShapeError("the order of its members depends on data")


@shape_of("SequenceLength")
def sequence_length(_site: Site) -> Sequence[TensorType]:
    """A single number."""
    return [TensorType((), INT64)]


@value_of("SequenceLength", from_shapes=True)
def sequence_length_value(site: Site) -> Sequence[Array]:
    """How many members there are."""
    return [np.array(len(members(site)), np.int64)]


@shape_of("SplitToSequence")
def split_to_sequence(site: Site) -> Sequence[TensorType]:
    """Parts along an axis: of one size, of given sizes, or single slices.

    Raises:
        UnknownShapeError: the sizes are computed from data.
    """
    shape, dtype = site.shape(0), site.input(0).dtype
    axis = axis_of(int(site.attributes.get("axis", 0)), len(shape))
    before, size, behind = shape[:axis], shape[axis], shape[axis + 1 :]
    parts = site.ints(1)
    if parts is None:
        keeps = bool(int(site.attributes.get("keepdims", 1)))
        slices = TensorType((*before, 1, *behind) if keeps else (*before, *behind), dtype)
        return [TensorType(None, dtype, (slices,) * _followed(size))]
    if site.shape(1) == ():
        part = parts[0]
        if part < 1:
            raise ShapeError(f"its parts would have a size of {part}")
        rest = size % part
        parts = [part] * _followed(size // part) + [rest] * bool(rest)
    if sum(parts) != size or any(part < 0 for part in parts):
        raise ShapeError(f"parts {parts} do not fit a size of {size}")
    items = tuple(TensorType((*before, part, *behind), dtype) for part in parts)
    return [TensorType(None, dtype, items)]


@shape_of("ConcatFromSequence")
def concat_from_sequence(site: Site) -> Sequence[TensorType]:
    """The members in one piece, along an axis of theirs or along a new one."""
    items = members(site)
    if not items:
        raise ShapeError("its sequence is empty")
    shapes = [item.shape for item in items]
    first = shapes[0]
    if first is None or None in shapes:
        raise UnknownShapeError("the shapes of its members are unknown")
    stacks = bool(int(site.attributes.get("new_axis", 0)))
    if "axis" not in site.attributes:
        raise ShapeError("it has no axis")
    axis = axis_of(int(site.attributes["axis"]), len(first) + stacks)
    if stacks:
        if any(shape != first for shape in shapes):
            raise ShapeError("its members have different shapes and cannot be stacked")
        return [TensorType((*first[:axis], len(items), *first[axis:]), items[0].dtype)]
    total = 0
    for shape in shapes:
        assert shape is not None  # noqa: S101 - none of them is, see above
        if (*shape[:axis], *shape[axis + 1 :]) != (*first[:axis], *first[axis + 1 :]):
            raise ShapeError(f"{list(shape)} and {list(first)} do not fit along axis {axis}")
        total += shape[axis]
    return [TensorType((*first[:axis], total, *first[axis + 1 :]), items[0].dtype)]


@shape_of("Optional")
def optional(site: Site) -> Sequence[TensorType]:
    """Its input, or nothing. An optional is told from a sequence by its element type."""
    if not site.has(0):
        return [TensorType(None, OPAQUE, ())]
    given = site.input(0)
    return [TensorType(None, OPAQUE, (TensorType(given.shape, given.dtype, given.items),))]


@shape_of("OptionalGetElement")
def optional_get_element(site: Site) -> Sequence[TensorType]:
    """What the optional holds; a tensor or a sequence is handed on as it is."""
    given = site.input(0)
    if given.dtype is not OPAQUE or given.items is None:
        if given.items is None:
            site.shape(0)
        return [TensorType(given.shape, given.dtype, given.items)]
    if not given.items:
        raise ShapeError("its optional is empty")
    return [given.items[0]]


@shape_of("OptionalHasElement")
def optional_has_element(_site: Site) -> Sequence[TensorType]:
    """A single truth value."""
    return [TensorType((), BOOL)]


@value_of("OptionalHasElement", from_shapes=True)
def optional_has_element_value(site: Site) -> Sequence[Array]:
    """Whether something is there, which the graph says."""
    if not site.has(0):
        return [np.array(False)]
    given = site.input(0)
    if given.dtype is not OPAQUE:
        return [np.array(True)]
    if given.items is None:
        raise UnknownShapeError("whether it is given depends on the caller")
    return [np.array(bool(given.items))]
