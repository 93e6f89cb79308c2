"""ShuffleNetV2 unit: channel split, one branch of convolutions, concatenation, shuffle.

Source: Ma et al. 2018, arXiv 1807.11164, Section 3, Figure 3; Section 4 and the appendix for
the extra depthwise convolution, squeeze and excitation and the residual connection.
"""

from __future__ import annotations

from costscope.zoo.blocks import block
from costscope.zoo.blocks.inverted_residual import squeeze_excite
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net


@block("shufflenet_v2_unit")
def shufflenet_v2_unit(
    net: Net,
    x: Value,
    *,
    out: int,
    stride: int = 1,
    wide_view: bool = False,
    residual: bool = False,
    squeeze: int = 0,
) -> Value:
    """Half of the channels pass, half are convolved; all are with stride 2 or new channels.

    Args:
        net: the network.
        x: (N, C, H, W).
        out: output channels.
        stride: of the depthwise convolutions.
        wide_view: an extra depthwise convolution before the first pointwise one (V2*).
        residual: the convolved half is added to what entered it.
        squeeze: reduction of a squeeze and excitation on the branch; none if 0.
    """
    if stride == 1 and x.channels == out:
        half = out // 2
        kept, moved = net.split(x, [half, out - half])
    else:
        half = out // 2
        with net.scope("shortcut"):
            kept = net.depthwise(x, "depthwise", stride=stride, bn=True)
            kept = net.conv(kept, "pointwise", half, bn=True, act="relu")
        moved = x
    with net.scope("branch"):
        y = _branch(net, moved, out - half, stride, wide_view=wide_view)
        if squeeze:
            y = squeeze_excite(net, y, y.channels // squeeze)
        if residual and y.shape == moved.shape:
            y = net.add(moved, y)
    return net.shuffle(net.concat([kept, y]), 2)


def _branch(net: Net, x: Value, out: int, stride: int, *, wide_view: bool) -> Value:
    if wide_view:
        x = net.depthwise(x, "view", bn=True)
    y = net.conv(x, "expand", out, bn=True, act="relu")
    y = net.depthwise(y, "depthwise", stride=stride, bn=True)
    return net.conv(y, "project", out, bn=True, act="relu")
