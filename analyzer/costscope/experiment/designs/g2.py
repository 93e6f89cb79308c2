"""Guideline 2: one 1x1 convolution in groups."""

from __future__ import annotations

from costscope.experiment.designs import design
from costscope.experiment.types import Row
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net


@design("g2")
def block(net: Net, x: Value, row: Row) -> Value:
    """A pointwise convolution of c channels in g groups: h w c^2 / g MACs.

    Source: Ma et al. 2018, arXiv 1807.11164, Section 2, G2: ten pointwise group convolutions.
    """
    groups = int(row.setting.removeprefix("g="))
    return net.conv(x, "conv", row.channels[0], groups=groups, act="relu")
