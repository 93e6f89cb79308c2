"""Windows of convolutions: where each reads, and the one window around several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from math import gcd, prod
from typing import Any

from costscope.graph.types import Node, Shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """How a convolution goes over its data, by axis.

    Attributes:
        sizes: of the window.
        begins: elements that it reads in front of the one it stands on; what is padded there.
        ends: what is padded behind.
        strides: from one position to the next.
        dilations: from one element that it reads to the next.
        groups: that channels are parted in.
    """

    sizes: Shape
    begins: Shape
    ends: Shape
    strides: Shape
    dilations: Shape
    groups: int

    @property
    def attributes(self) -> Mapping[str, Any]:
        """Of a convolution with this window."""
        return {
            "kernel_shape": list(self.sizes),
            "pads": [*self.begins, *self.ends],
            "strides": list(self.strides),
            "dilations": list(self.dilations),
            "group": self.groups,
        }


def window_of(conv: Node) -> Window:
    """The window of a convolution with known weights that says its pads in numbers."""
    weight = conv.input(1)
    sizes = weight.dims[2:] if weight is not None else ()
    pads = tuple(conv.attributes.get("pads") or (0,) * (2 * len(sizes)))
    ones = (1,) * len(sizes)
    return Window(
        sizes=sizes,
        begins=pads[: len(sizes)],
        ends=pads[len(sizes) :],
        strides=tuple(conv.attributes.get("strides") or ones),
        dilations=tuple(conv.attributes.get("dilations") or ones),
        groups=int(conv.attributes.get("group", 1)),
    )


def macs(conv: Node) -> int:
    """Multiply-accumulates of a convolution with known weights."""
    weight = conv.input(1)
    return prod(weight.dims[1:]) * prod(conv.output.dims) if weight is not None else 0


def union(convs: Sequence[Node], *, bare: bool) -> Window | None:
    """The window of a convolution that does the sum of several of one tensor.

    None where there is none, or where it does more multiply-accumulates than they together.

    Args:
        convs: the heaviest first; their results have one shape.
        bare: whether the tensor itself, or a multiple of it, is a summand too.
    """
    windows = [window_of(conv) for conv in convs]
    main = windows[0]
    if any(each.strides != main.strides for each in windows):
        return None
    if bare and set(main.strides) != {1}:
        return None
    ways = {(each.sizes, each.begins, each.dilations) for each in windows}
    if any(set(each.dilations) != {1} for each in windows) and (bare or len(ways) > 1):
        return None
    found = _around(windows, bare=bare)
    channels = convs[0].inputs[0]
    if channels is None:
        return None
    taps = prod(found.sizes) * channels.dims[1] // found.groups
    needed = prod(convs[0].output.dims) * taps
    return found if needed <= sum(map(macs, convs)) else None


def _around(windows: Sequence[Window], *, bare: bool) -> Window:
    """From the first to the last element that any of several reads."""
    main = windows[0]
    if set(main.dilations) != {1}:
        begins, behind = main.begins, None  # they are all alike
    else:
        begins = _most([each.begins for each in windows], least=0)
        behind = _most(
            [
                tuple(s - b for s, b in zip(each.sizes, each.begins, strict=True))
                for each in windows
            ],
            least=1 if bare else 0,
        )
    return Window(
        sizes=main.sizes if behind is None else _sum(begins, behind),
        begins=begins,
        ends=main.ends
        if behind is None
        else tuple(
            end + now - (size - begin)
            for end, now, size, begin in zip(
                main.ends, behind, main.sizes, main.begins, strict=True
            )
        ),
        strides=main.strides,
        dilations=main.dilations,
        groups=reduce(gcd, (each.groups for each in windows)),
    )


def _most(rows: Sequence[Shape], *, least: int) -> Shape:
    return tuple(max(least, *column) for column in zip(*rows, strict=True))


def _sum(one: Shape, other: Shape) -> Shape:
    return tuple(a + b for a, b in zip(one, other, strict=True))
