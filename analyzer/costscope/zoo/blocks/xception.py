"""Xception's blocks of depthwise separable convolutions, original and aligned.

Source: Chollet 2017, arXiv 1610.02357, Figure 5; Chen et al. 2018, arXiv 1802.02611, Figure 4
(aligned: strided convolutions in place of poolings, batch norms behind the depthwise ones).
"""

from __future__ import annotations

from collections.abc import Sequence

from costscope.zoo.blocks import block
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net


@block("xception_block")
def xception_block(
    net: Net, x: Value, *, widths: Sequence[int], stride: int = 1, act_first: bool = True
) -> Value:
    """Activated separable convolutions, pooled where strided, plus a shortcut.

    Args:
        net: the network.
        x: (N, C, H, W).
        widths: channels of the separable convolutions.
        stride: of the pooling behind them and of the shortcut's 1x1 convolution.
        act_first: whether the input is activated; the block behind the stem finds it so.
    """
    shortcut = x
    if stride > 1 or widths[-1] != x.channels:
        shortcut = net.conv(x, "shortcut", widths[-1], stride=stride, bn=True)
    for index, width in enumerate(widths, start=1):
        if index > 1 or act_first:
            x = net.act(x, "relu", f"act{index}")
        x = _separable(net, x, f"conv{index}", width)
    if stride > 1:
        x = net.max_pool(x, "pool", 3, stride=stride, pad=1)
    return net.add(x, shortcut)


@block("xception_exit")
def xception_exit(net: Net, x: Value, *, widths: Sequence[int]) -> Value:
    """Separable convolutions, each activated behind; no shortcut."""
    for index, width in enumerate(widths, start=1):
        x = _separable(net, x, f"conv{index}", width, act="relu")
    return x


@block("xception_aligned")
def xception_aligned(
    net: Net, x: Value, *, widths: Sequence[int], stride: int = 1, shortcut: bool = True
) -> Value:
    """Three separable convolutions, the last strided, with a shortcut or activated inside.

    Args:
        net: the network.
        x: (N, C, H, W).
        widths: channels of the separable convolutions.
        stride: of the last one and of the shortcut's 1x1 convolution.
        shortcut: False for the last block, where activations follow each convolution instead of
            coming before each pair.
    """
    y = x
    for index, width in enumerate(widths, start=1):
        step = stride if index == len(widths) else 1
        if shortcut:
            y = net.act(y, "relu", f"act{index}")
        with net.scope(f"conv{index}"):
            act = None if shortcut else "relu"
            y = net.depthwise(y, "depthwise", 3, stride=step, bn=True, act=act)
            y = net.conv(y, "pointwise", width, bn=True, act=act)
    if not shortcut:
        return y
    if stride > 1 or widths[-1] != x.channels:
        x = net.conv(x, "shortcut", widths[-1], stride=stride, bn=True)
    return net.add(y, x)


def _separable(net: Net, x: Value, name: str, out: int, act: str | None = None) -> Value:
    with net.scope(name):
        y = net.depthwise(x, "depthwise", 3, bias=False)
        return net.conv(y, "pointwise", out, bn=True, act=act)
