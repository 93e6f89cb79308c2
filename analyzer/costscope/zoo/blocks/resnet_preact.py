"""Residual units with batch norm and ReLU before their convolutions.

Source: He et al. 2016, arXiv 1603.05027, Section 4 and the appendix; Zagoruyko and Komodakis
2016, arXiv 1605.07146, Section 2 (the wide basic unit).
"""

from __future__ import annotations

from costscope.zoo.blocks import block
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net


@block("preact_unit")
def preact_unit(
    net: Net,
    x: Value,
    *,
    out: int,
    inner: int = 0,
    stride: int = 1,
    stride_on: str = "1x1",
) -> Value:
    """Normalize and rectify, then two 3x3 convolutions or a bottleneck; no ReLU behind the sum.

    Where the shape changes, the shortcut is a convolution of the rectified input.

    Args:
        net: the network.
        x: (N, C, H, W).
        out: output channels.
        inner: channels in the middle of a bottleneck; two 3x3 convolutions if 0.
        stride: of the unit.
        stride_on: which convolution of a bottleneck strides: `1x1` or `3x3`.
    """
    ready = net.act(net.batch_norm(x, "norm"), "relu", "norm.act")
    changes = stride > 1 or x.channels != out
    kept = net.conv(ready, "shortcut", out, stride=stride, bias=False) if changes else x
    if inner:
        early = stride if stride_on == "1x1" else 1
        y = net.conv(ready, "conv1", inner, stride=early, bn=True, act="relu")
        y = net.conv(y, "conv2", inner, 3, stride=stride // early, bn=True, act="relu")
        y = net.conv(y, "conv3", out, bias=False)
    else:
        y = net.conv(ready, "conv1", out, 3, stride=stride, bn=True, act="relu")
        y = net.conv(y, "conv2", out, 3, bias=False)
    return net.add(kept, y)
