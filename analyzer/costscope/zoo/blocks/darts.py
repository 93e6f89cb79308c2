"""Stem of the ImageNet networks of DARTS; its cells are those of `nas_cell`.

Source: Liu et al. 2019, arXiv 1806.09055, Section 3.3, and the authors' published code.
"""

from __future__ import annotations

from costscope.zoo.blocks import block
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net


@block("darts_stem")
def darts_stem(net: Net, x: Value, *, filters: int) -> tuple[Value, Value]:
    """Three convolutions of stride 2; leaves the outputs of the second and of the third."""
    narrow = net.conv(x, "conv1", filters // 2, 3, stride=2, bn=True, act="relu")
    older = net.conv(narrow, "conv2", filters, 3, stride=2, bn=True)
    entering = net.act(older, "relu", "relu")
    return older, net.conv(entering, "conv3", filters, 3, stride=2, bn=True)
