"""Interleaved group convolutions: a grouped spatial and a grouped 1x1 convolution in turn.

Source: Zhang et al. 2017, arXiv 1707.02725, Section 3.
"""

from __future__ import annotations

from costscope.zoo.blocks import block
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net


@block("igc_residual")
def igc_residual(net: Net, x: Value, *, out: int, primary: int, stride: int = 1) -> Value:
    """Two interleaved group convolutions and a shortcut.

    Args:
        net: the network.
        x: (N, C, H, W).
        out: output channels.
        primary: groups of the 3x3 convolutions (L); the 1x1 ones have `out / primary`.
        stride: of the first convolution.
    """
    y = _interleaved(net, x, "igc1", out, primary, stride, act="relu")
    y = _interleaved(net, y, "igc2", out, primary, 1, act=None)
    if x.channels != out or stride > 1:
        x = net.conv(x, "shortcut", out, stride=stride, groups=primary, bn=True)
    return net.act(net.add(x, y), "relu")


def _interleaved(
    net: Net, x: Value, name: str, out: int, primary: int, stride: int, *, act: str | None
) -> Value:
    """Grouped 3x3, channels interleaved, grouped 1x1, channels interleaved back."""
    secondary = out // primary
    with net.scope(name):
        y = net.conv(x, "primary", out, 3, stride=stride, groups=primary, bias=False)
        y = net.shuffle(y, primary, "interleave")
        y = net.conv(y, "secondary", out, groups=secondary, bn=True, act=act)
        return net.shuffle(y, secondary, "restore")
