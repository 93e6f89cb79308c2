"""ShuffleNet unit: grouped pointwise convolutions with a channel shuffle between them.

Source: Zhang et al. 2017, arXiv 1707.01083, Sections 3.1 and 3.2, Figure 2.
"""

from __future__ import annotations

from costscope.zoo.blocks import block
from costscope.zoo.blocks.inverted_residual import squeeze_excite
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net

_BOTTLENECK = 4  # output channels for each channel of the bottleneck


@block("shufflenet_v1_unit")
def shufflenet_v1_unit(
    net: Net,
    x: Value,
    *,
    out: int,
    groups: int,
    stride: int = 1,
    enter_groups: int | None = None,
    shuffle: bool = True,
    squeeze: int = 0,
) -> Value:
    """Grouped pointwise, shuffle, depthwise, grouped pointwise; x is added or concatenated.

    Args:
        net: the network.
        x: (N, C, H, W).
        out: output channels; with stride 2 they include the pooled input's.
        groups: of the pointwise convolutions.
        stride: of the depthwise convolution; 2 concatenates the average-pooled input.
        enter_groups: groups of the first pointwise convolution where they differ.
        shuffle: whether channels are shuffled.
        squeeze: reduction of a squeeze and excitation on the result; none if 0.
    """
    middle = max(1, round(out / _BOTTLENECK / groups)) * groups
    branch = out - x.channels if stride > 1 else out
    entering = groups if enter_groups is None else enter_groups
    y = net.conv(x, "reduce", middle, groups=entering, bn=True, act="relu")
    if shuffle and groups > 1:
        y = net.shuffle(y, groups)
    y = net.depthwise(y, "depthwise", stride=stride, bn=True)
    y = net.conv(y, "expand", branch, groups=groups, bn=True)
    if stride > 1:
        y = net.concat([net.avg_pool(x, "pool", 3, stride=stride, pad=1), y])
        if squeeze:
            y = squeeze_excite(net, y, y.channels // squeeze)
    else:
        if squeeze:
            y = squeeze_excite(net, y, y.channels // squeeze)
        y = net.add(x, y)
    return net.act(y, "relu")
