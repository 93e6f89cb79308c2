"""Residual units for 32-pixel images, whose shortcuts have no weights.

Source: He et al. 2016, arXiv 1512.03385, Section 4.2 (shortcut A).
"""

from __future__ import annotations

from costscope.zoo.blocks import block
from costscope.zoo.blocks.resnet_preact import preact_unit
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net


@block("resnet_cifar_unit")
def resnet_cifar_unit(
    net: Net, x: Value, *, out: int, stride: int = 1, preactivation: bool = False
) -> Value:
    """Two 3x3 convolutions and a shortcut.

    Args:
        net: the network.
        x: (N, C, H, W).
        out: channels of the two convolutions.
        stride: of the first one.
        preactivation: a bottleneck with preactivation instead, four times as wide outside.
    """
    if preactivation:
        narrow: Value = preact_unit(net, x, out=4 * out, inner=out, stride=stride)
        return narrow
    y = net.conv(x, "conv1", out, 3, stride=stride, bn=True, act="relu")
    y = net.conv(y, "conv2", out, 3, bn=True)
    kept = x if stride == 1 and x.channels == out else _padded(net, x, out, stride)
    return net.act(net.add(kept, y), "relu")


def _padded(net: Net, x: Value, out: int, stride: int) -> Value:
    """Every `stride`-th row and column, and zeros for the channels that are new."""
    n, channels, *space = x.shape
    with net.scope("shortcut"):
        bounds = [[0, 0], space, [2, 3], [stride, stride]]
        inputs = [net.shape_constant(numbers) for numbers in bounds]
        left = (n, channels, *(-(-size // stride) for size in space))
        x = net.emit("Slice", [x, *inputs], "slice", left)
        return net.pad(x, [0, 0, 0, 0], [0, out - channels, 0, 0])
