"""Windows that slide over the spatial axes: convolutions and pools."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from costscope.errors import ShapeError
from costscope.graph.types import Shape


def window_sizes(
    attributes: Mapping[str, Any], sizes: Shape, kernel: Shape, *, ceil: bool = False
) -> Shape:
    """How often a window fits along each spatial axis.

    (S + pads - dilation*(K-1) - 1) / stride + 1, rounded down, or up where `ceil` is set;
    with `auto_pad` SAME_* it is S / stride, rounded up.

    Raises:
        ShapeError: attributes that do not fit the rank, or a window larger than its input.
    """
    rank = len(sizes)
    strides = per_axis(attributes, "strides", rank, 1)
    dilations = per_axis(attributes, "dilations", rank, 1)
    mode = attributes.get("auto_pad", "NOTSET")
    pads = (0,) * (2 * rank) if mode == "VALID" else padding(attributes, rank)
    same = mode in ("SAME_UPPER", "SAME_LOWER")
    if len(kernel) != rank:
        raise ShapeError(f"a window of {len(kernel)} axes for {rank} spatial axes")
    result = []
    for axis, size in enumerate(sizes):
        stride, dilation, width = strides[axis], dilations[axis], kernel[axis]
        if stride < 1 or dilation < 1 or width < 1:
            raise ShapeError("its window, strides and dilations must be at least 1")
        if same:
            result.append(-(-size // stride))
            continue
        front = pads[axis]
        room = size + front + pads[axis + rank] - dilation * (width - 1) - 1
        steps = -(-room // stride) if ceil else room // stride
        # A window that would start in the padding behind the input is dropped.
        if ceil and steps * stride >= size + front:
            steps -= 1
        if steps < 0:
            padded = size + front + pads[axis + rank]
            raise ShapeError(f"its window of {padded - room} is larger than its input of {padded}")
        result.append(steps + 1)
    return tuple(result)


def per_axis(attributes: Mapping[str, Any], name: str, rank: int, default: int) -> Sequence[int]:
    """An attribute with one number per spatial axis.

    Raises:
        ShapeError: it has another number of entries.
    """
    values: Sequence[int] | None = attributes.get(name)
    if not values:
        return (default,) * rank
    if len(values) != rank:
        raise ShapeError(f"{name} has {len(values)} entries for {rank} spatial axes")
    return values


def padding(attributes: Mapping[str, Any], rank: int) -> Sequence[int]:
    """The pads: those before each spatial axis, then those behind.

    Raises:
        ShapeError: it has another number of entries.
    """
    pads: Sequence[int] = attributes.get("pads") or (0,) * (2 * rank)
    if len(pads) != 2 * rank:
        raise ShapeError(f"pads has {len(pads)} entries for {rank} spatial axes")
    return pads
