"""Ghost module and ghost bottleneck.

Source: Han et al. 2020, arXiv 1911.11907, Sections 3.1 (module), 3.2 (bottleneck), Table 1.
"""

from __future__ import annotations

from costscope.zoo.blocks import block
from costscope.zoo.blocks.inverted_residual import squeeze_excite
from costscope.zoo.emitter import Value
from costscope.zoo.expression import divisible
from costscope.zoo.net import Net

_DIVISOR = 4  # channels and squeezed channels are multiples of it


@block("ghost_module")
def ghost_module(
    net: Net,
    x: Value,
    *,
    out: int,
    kernel: int = 1,
    stride: int = 1,
    ratio: int = 2,
    cheap: int = 3,
    act: str | None = "relu",
) -> Value:
    """A convolution to out / ratio channels, and the others from them by depthwise ones.

    Args:
        net: the network.
        x: (N, C, H, W).
        out: output channels.
        kernel: of the first convolution.
        stride: likewise.
        ratio: s in the paper; 1 leaves a plain convolution.
        cheap: kernel of the depthwise one, d in the paper.
        act: activation behind each.
    """
    if ratio == 1:
        return net.conv(x, "conv", out, kernel, stride=stride, bn=True, act=act)
    first = -(-out // ratio)
    y = net.conv(x, "primary", first, kernel, stride=stride, bn=True, act=act)
    ghosts = net.conv(y, "cheap", first * (ratio - 1), cheap, groups=first, bn=True, act=act)
    both = net.concat([y, ghosts])
    return both if both.channels == out else net.cut(both, 0, out, "trim")


@block("ghost_bottleneck")
def ghost_bottleneck(
    net: Net,
    x: Value,
    *,
    out: int,
    hidden: int,
    kernel: int = 3,
    stride: int = 1,
    squeeze: bool = False,
) -> Value:
    """Two ghost modules, with a depthwise convolution between them where the stride is above 1.

    Args:
        net: the network.
        x: (N, C, H, W).
        out: output channels.
        hidden: channels between the modules.
        kernel: of the depthwise convolutions.
        stride: of the block.
        squeeze: whether squeeze and excitation stands between the modules.
    """
    with net.scope("expand"):
        y = ghost_module(net, x, out=hidden)
    if stride > 1:
        y = net.depthwise(y, "depthwise", kernel, stride=stride, bn=True)
    if squeeze:
        y = squeeze_excite(net, y, divisible(hidden / 4, _DIVISOR), gate="hsigmoid")
    with net.scope("project"):
        y = ghost_module(net, y, out=out, act=None)
    if stride > 1 or x.channels != out:
        with net.scope("shortcut"):
            x = net.depthwise(x, "depthwise", kernel, stride=stride, bn=True)
            x = net.conv(x, "pointwise", out, bn=True)
    return net.add(x, y)
