"""RepVGG: three branches in training, one 3x3 convolution afterwards.

Source: Ding et al. 2021, arXiv 2101.03697, Sections 3.2 to 3.4 (block, merging, channels and
groups); Ding et al. 2022, arXiv 2205.15242, Section 4.1 (L1 and L2, and RepOpt-VGG without
branches).
"""

from __future__ import annotations

from costscope.zoo.blocks import block
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net


@block("rep_vgg_stage")
def rep_vgg_stage(
    net: Net,
    x: Value,
    *,
    out: int,
    depth: int,
    before: int,
    groups: int = 1,
    branches: bool = True,
) -> Value:
    """Blocks of one resolution, the first with stride 2.

    Args:
        net: the network.
        x: (N, C, H, W).
        out: output channels.
        depth: number of blocks.
        before: blocks of the network in front of these; every second one is grouped.
        groups: in every second block, beginning with the third of the network.
        branches: whether training has the 1x1 and identity branches.
    """
    for index in range(depth):
        even = (before + index) % 2 == 0
        with net.scope(f"block{index + 1}"):
            x = rep_vgg_block(
                net, x, out=out, stride=1 if index else 2, groups=groups if even else 1,
                branches=branches,
            )  # fmt: skip
    return x


@block("rep_vgg_block")
def rep_vgg_block(
    net: Net, x: Value, *, out: int, stride: int = 1, groups: int = 1, branches: bool = True
) -> Value:
    """3x3 and 1x1 convolutions and a batch norm of the input, summed; one 3x3 when deployed."""
    dense = net.conv(x, "conv3x3", out, 3, stride=stride, groups=groups, bn=True)
    if net.deploy or not branches:
        return net.act(dense, "relu")
    terms = [dense]
    terms.append(net.conv(x, "conv1x1", out, 1, stride=stride, groups=groups, bn=True))
    if stride == 1 and x.channels == out:
        terms.append(net.batch_norm(x, "identity"))
    return net.act(net.total(terms), "relu")
