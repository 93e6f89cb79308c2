"""Feature pyramid, and two towers of convolutions whose weights all its levels share.

Source: Lin et al. 2017, arXiv 1612.03144, Section 3; Lin et al. 2017, arXiv 1708.02002, Section
4.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from costscope.zoo.blocks import block
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net

_COORDINATES = 4
_TOWER = 4


@block("retina_pyramid")
def retina_pyramid(net: Net, x: Sequence[Value], *, out: int) -> tuple[Value, ...]:
    """Maps of equal channels, coarse ones added to fine ones, and two coarser ones by stride."""
    levels: list[Value] = []
    above: Value | None = None
    for index in reversed(range(len(x))):
        with net.scope(f"level{index + 3}"):
            side = net.conv(x[index], "lateral", out)
            if above is not None:
                side = net.add(side, net.resize(above, side.spatial, "enlarge"))
            levels.insert(0, net.conv(side, "smooth", out, 3))
        above = side
    for index in (6, 7):
        coarse = levels[-1] if index == 6 else net.act(levels[-1], "relu", "relu7")  # noqa: PLR2004 pyramid levels have numbers
        levels.append(net.conv(coarse, f"level{index}", out, 3, stride=2))
    return tuple(levels)


@block("retina_head")
def retina_head(net: Net, x: Sequence[Value], *, classes: int, anchors: int) -> tuple[Value, Value]:
    """Scores (N, anchors, classes) and boxes (N, anchors, 4) of all levels, joined."""
    channels = x[0].channels
    found = []
    for kind, size in (("scores", classes), ("boxes", _COORDINATES)):
        sizes = [channels] * _TOWER + [anchors * size]
        weights = [
            (
                net.weight(f"{kind}{i}.weight", [wide, channels, 3, 3]),
                net.weight(f"{kind}{i}.bias", [wide], like="bias"),
            )
            for i, wide in enumerate(sizes, start=1)
        ]
        levels = [_tower(net, each, kind, level, weights, sizes) for level, each in enumerate(x, 3)]
        joined = [
            net.reshape(y, [y.shape[0], -1, size], f"{kind}.flat{level}")
            for level, y in enumerate(levels, 3)
        ]
        found.append(net.concat(joined, kind, axis=1))
    return found[0], found[1]


def _tower(
    net: Net,
    x: Value,
    kind: str,
    level: int,
    weights: Sequence[tuple[str, str]],
    sizes: Sequence[int],
) -> Value:
    with net.scope(f"level{level}.{kind}"):
        for index, ((weight, bias), wide) in enumerate(zip(weights, sizes, strict=True), start=1):
            window: dict[str, Any] = {"kernel_shape": [3, 3], "pads": [1] * 4}
            shape = (x.shape[0], wide, *x.spatial)
            x = net.emit("Conv", [x, weight, bias], f"conv{index}", shape, **window)
            if index < len(sizes):
                x = net.act(x, "relu", f"conv{index}.act")
        return net.transpose(x, [0, 2, 3, 1])
