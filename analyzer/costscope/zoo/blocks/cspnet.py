"""Cross stage partial stages: half of a stage's channels pass by its residual blocks.

Source: Wang et al. 2019, arXiv 1911.11929, Section 3; sizes of the ResNet and Darknet forms
as in the authors' public networks.
"""

from __future__ import annotations

from costscope.zoo.blocks import block
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net


@block("csp_stage")
def csp_stage(
    net: Net,
    x: Value,
    *,
    out: int,
    depth: int,
    stride: int = 2,
    grow: bool = False,
    expand: float = 2.0,
    inner: float = 1.0,
    bottleneck: float = 0.5,
    groups: int = 1,
    kind: str = "resnet",
    act: str = "leaky_relu",
) -> Value:
    """Downsample, widen, send one half through blocks, join both halves.

    Args:
        net: the network.
        x: (N, C, H, W).
        out: output channels.
        depth: number of blocks.
        stride: of the first convolution; there is none if 1.
        grow: whether that convolution already has `out` channels.
        expand: channels before the split, for each of `out`.
        inner: channels of the blocks, for each of `out`.
        bottleneck: channels in the middle of a block, for each of its output.
        groups: of all 3x3 convolutions.
        kind: `resnet` (three convolutions, activation behind the sum) or `darknet` (two).
        act: activation.
    """
    if stride > 1:
        x = net.conv(
            x,
            "down",
            out if grow else x.channels,
            3,
            stride=stride,
            groups=groups,
            bn=True,
            act=act,
        )
    wide = round(out * expand)
    # The residual form keeps what passes by linear, as its blocks begin behind an activation.
    x = net.conv(x, "expand", wide, bn=True, act=None if kind == "resnet" else act)
    passed, y = net.split(x, [wide - wide // 2, wide // 2])
    channels = round(out * inner)
    for index in range(depth):
        with net.scope(f"block{index + 1}"):
            y = _unit(net, y, channels, round(channels * bottleneck), groups, kind, act)
    y = net.conv(y, "merge", wide // 2, bn=True, act=act)
    return net.conv(net.concat([passed, y]), "project", out, bn=True, act=act)


def _unit(net: Net, x: Value, out: int, middle: int, groups: int, kind: str, act: str) -> Value:
    y = net.conv(x, "reduce", middle, bn=True, act=act)
    if kind == "darknet":
        return net.add(net.conv(y, "conv", out, 3, groups=groups, bn=True, act=act), x)
    y = net.conv(y, "conv", middle, 3, groups=groups, bn=True, act=act)
    y = net.conv(y, "expand", out, bn=True)
    return net.act(net.add(y, x), act)
