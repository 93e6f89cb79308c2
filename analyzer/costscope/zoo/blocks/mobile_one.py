"""MobileOne: depthwise and pointwise convolutions with more branches in training.

Source: Vasu et al. 2023, arXiv 2206.04040, Section 3.3 and Figure 3 (block), Table 2 (stages).
"""

from __future__ import annotations

from costscope.zoo.blocks import block
from costscope.zoo.blocks.inverted_residual import squeeze_excite
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net

_SQUEEZE = 16  # squeeze and excitation narrows to a sixteenth


@block("mobile_one_stage")
def mobile_one_stage(
    net: Net, x: Value, *, out: int, depth: int, branches: int = 1, squeezed: int = 0
) -> Value:
    """Blocks of one resolution, the first with stride 2.

    Args:
        net: the network.
        x: (N, C, H, W).
        out: output channels.
        depth: number of blocks, a depthwise and a pointwise convolution each.
        branches: equal convolutions side by side in training (k in the paper).
        squeezed: how many of the last blocks have squeeze and excitation.
    """
    for index in range(depth):
        squeeze = index >= depth - squeezed
        with net.scope(f"block{index + 1}"):
            with net.scope("depthwise"):
                x = mobile_one_conv(
                    net, x, out=x.channels, kernel=3, stride=1 if index else 2,
                    groups=x.channels, branches=branches, squeeze=squeeze,
                )  # fmt: skip
            with net.scope("pointwise"):
                x = mobile_one_conv(net, x, out=out, branches=branches, squeeze=squeeze)
    return x


@block("mobile_one_conv")
def mobile_one_conv(
    net: Net,
    x: Value,
    *,
    out: int,
    kernel: int = 1,
    stride: int = 1,
    groups: int = 1,
    branches: int = 1,
    squeeze: bool = False,
) -> Value:
    """One convolution when deployed; in training a sum of branches.

    These are a batch norm of the input where the shape allows it, a 1x1 convolution where the
    kernel is larger, and `branches` equal convolutions.
    """
    if net.deploy:
        y = net.conv(x, "conv", out, kernel, stride=stride, groups=groups, bn=True)
    else:
        terms = []
        if stride == 1 and x.channels == out:
            terms.append(net.batch_norm(x, "identity"))
        if kernel > 1:
            terms.append(net.conv(x, "scale", out, 1, stride=stride, groups=groups, bn=True))
        terms += [
            net.conv(x, f"conv{i + 1}", out, kernel, stride=stride, groups=groups, bn=True)
            for i in range(branches)
        ]
        y = net.total(terms)
    if squeeze:
        y = squeeze_excite(net, y, out // _SQUEEZE)
    return net.act(y, "relu")
