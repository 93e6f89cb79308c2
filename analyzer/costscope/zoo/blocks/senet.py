"""Bottlenecks with squeeze and excitation before the sum.

Source: Hu et al. 2018, arXiv 1709.01507, Section 3.3 and Table 1; the appendix for SENet-154.
"""

from __future__ import annotations

from costscope.zoo.blocks import block
from costscope.zoo.blocks.inverted_residual import squeeze_excite
from costscope.zoo.blocks.resnet import shortcut
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net


@block("senet_unit")
def senet_unit(
    net: Net,
    x: Value,
    *,
    inner: int,
    out: int,
    narrow: int | None = None,
    stride: int = 1,
    stride_on: str = "3x3",
    groups: int = 1,
    reduction: int = 16,
    shortcut_kernel: int = 1,
) -> Value:
    """A bottleneck whose output is gated a channel, and a shortcut.

    Args:
        net: the network.
        x: (N, C, H, W).
        inner: output channels of the 3x3 convolution.
        out: output channels.
        narrow: output channels of the first convolution; `inner` if None.
        stride: of the unit.
        stride_on: which convolution strides: `3x3`, or `1x1` as first published.
        groups: of the 3x3 convolution.
        reduction: by which the gate's middle is narrower than the output.
        shortcut_kernel: of the shortcut's convolution where the unit strides; 1 elsewhere.
    """
    kept = shortcut(net, x, out, stride, shortcut_kernel if stride > 1 else 1)
    early = stride if stride_on == "1x1" else 1
    y = net.conv(x, "conv1", narrow or inner, stride=early, bn=True, act="relu")
    y = net.conv(y, "conv2", inner, 3, stride=stride // early, groups=groups, bn=True, act="relu")
    y = net.conv(y, "conv3", out, bn=True)
    y = squeeze_excite(net, y, max(1, out // reduction))
    return net.act(net.add(kept, y), "relu")
