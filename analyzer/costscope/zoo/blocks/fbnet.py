"""Block of FBNet's search space.

Source: Wu et al. 2019, arXiv 1812.03443, Figure 3 and Table 2.
"""

from __future__ import annotations

from costscope.zoo.blocks import block
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net


@block("fbnet_block")
def fbnet_block(
    net: Net,
    x: Value,
    *,
    out: int,
    expand: int = 1,
    kernel: int = 3,
    stride: int = 1,
    groups: int = 1,
    act: str = "relu",
) -> Value:
    """Pointwise convolution (also at expansion 1), depthwise convolution, pointwise one.

    Args:
        net: the network.
        x: (N, C, H, W).
        out: output channels.
        expand: expansion factor.
        kernel: of the depthwise convolution.
        stride: likewise.
        groups: of the pointwise convolutions; channels are shuffled between them if above 1.
        act: activation behind the first two.
    """
    y = net.conv(x, "expand", x.channels * expand, groups=groups, bn=True, act=act)
    if groups > 1:
        y = net.shuffle(y, groups)
    y = net.depthwise(y, "depthwise", kernel, stride=stride, bn=True, act=act)
    y = net.conv(y, "project", out, groups=groups, bn=True)
    return net.add(x, y) if stride == 1 and x.channels == out else y
