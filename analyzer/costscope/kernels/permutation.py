"""Orders of axes: of a Transpose, and of what is left when axes come or go.

An order says of each axis of the result which axis of the operand it was, as the
attribute `perm` of Transpose does.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from costscope.graph.types import Shape

Order = tuple[int, ...]


def inverse(order: Order) -> Order:
    """The order that undoes another."""
    back = [0] * len(order)
    for axis, source in enumerate(order):
        back[source] = axis
    return tuple(back)


def after(first: Order, second: Order) -> Order:
    """One order for two Transposes in a row."""
    return tuple(first[axis] for axis in second)


def turned(shape: Sequence[int], order: Order) -> Shape:
    """The shape of a transposed tensor."""
    return tuple(shape[axis] for axis in order)


def without(order: Order, gone: Collection[int]) -> Order:
    """The order that is left when axes of the operand are taken away."""
    kept = [axis for axis in range(len(order)) if axis not in gone]
    rank = {axis: place for place, axis in enumerate(kept)}
    return tuple(rank[axis] for axis in order if axis not in gone)


def widened(order: Order, added: Collection[int]) -> Order:
    """The order of a tensor that gets axes of size 1 at these places of the result."""
    rank = len(order) + len(added)
    old = [axis for axis in range(rank) if axis not in added]
    moved = iter(order)
    return tuple(axis if axis in added else old[next(moved)] for axis in range(rank))


def as_order(before: Shape, after_: Shape) -> Order | None:
    """The order that a Reshape amounts to, if all axes longer than 1 keep their sequence."""
    if len(before) != len(after_):
        return None
    left = list(before)
    order = []
    for size in after_:
        for axis, candidate in enumerate(left):
            if candidate == size:
                order.append(axis)
                left[axis] = -1
                break
            if candidate not in (-1, 1) and size != 1:
                return None
        else:
            return None
    return tuple(order)


def split(before: Shape, result: Shape, order: Order) -> tuple[Shape, Order] | None:
    """A Reshape that only cuts axes, done before a Transpose instead of behind it.

    Args:
        before: shape that the Transpose gives, and the Reshape reads.
        result: shape that the Reshape gives.
        order: of the Transpose.

    Returns:
        The shape that the Reshape then gives, and the order of the Transpose behind it;
        None if the Reshape joins axes.
    """
    groups: list[list[int]] = []
    place = 0
    for size in before:
        group: list[int] = []
        product = 1
        while place < len(result) and (not group or product < size):
            product *= result[place]
            group.append(place)
            place += 1
        if product != size or not group:
            return None
        groups.append(group)
    if place != len(result):
        return None
    sources = [groups[axis] for axis in inverse(order)]
    flat = [axis for group in sources for axis in group]
    return turned(result, tuple(flat)), inverse(tuple(flat))
