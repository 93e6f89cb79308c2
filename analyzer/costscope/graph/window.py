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
    pads = padding(attributes, rank)
    mode = attributes.get("auto_pad", "NOTSET")
    if len(kernel) != rank or min(strides) < 1 or min(dilations) < 1 or min(kernel) < 1:
        raise ShapeError("its kernel, strides or dilations do not fit its input")
    result = []
    for axis, size in enumerate(sizes):
        stride = strides[axis]
        if mode in ("SAME_UPPER", "SAME_LOWER"):
            result.append(-(-size // stride))
            continue
        reach = dilations[axis] * (kernel[axis] - 1) + 1
        front, back = (0, 0) if mode == "VALID" else (pads[axis], pads[axis + rank])
        room = size + front + back - reach
        steps = -(-room // stride) if ceil else room // stride
        # A window that would start in the padding behind the input is dropped.
        if ceil and steps * stride >= size + front:
            steps -= 1
        if steps < 0:
            raise ShapeError(
                f"its window of {reach} is larger than its input of {size + front + back}"
            )
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
