"""Fire module of SqueezeNet, with the two kinds of bypass.

Source: Iandola et al. 2016, arXiv 1602.07360, Sections 3.2, 5 and 6.
"""

from __future__ import annotations

from costscope.zoo.blocks import block
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net


@block("fire")
def fire(
    net: Net,
    x: Value,
    *,
    out: int,
    squeeze: float = 0.125,
    threes: float = 0.5,
    bypass: str = "none",
) -> Value:
    """Squeeze to few channels, expand by 1x1 and 3x3 convolutions side by side.

    Args:
        net: the network.
        x: (N, C, H, W).
        out: output channels of both expanding convolutions together.
        squeeze: channels of the squeezing convolution, as a part of `out`.
        threes: part of `out` that is 3x3.
        bypass: `simple` adds x where the channels agree; `complex` also where they do not, by
            way of a 1x1 convolution.
    """
    wide = round(out * threes)
    narrow = net.conv(x, "squeeze1x1", max(1, round(out * squeeze)), act="relu")
    parts = [
        net.conv(narrow, "expand1x1", out - wide, act="relu"),
        net.conv(narrow, "expand3x3", wide, 3, act="relu"),
    ]
    y = net.concat(parts)
    if bypass == "none" or (bypass == "simple" and x.channels != out):
        return y
    passed = x if x.channels == out else net.conv(x, "bypass", out)
    return net.add(passed, y)
