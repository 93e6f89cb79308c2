"""Guideline 4: a bottleneck unit with and without its element-wise operators."""

from __future__ import annotations

from costscope.experiment.designs import design
from costscope.experiment.types import Row
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net

_REDUCTION = 4  # of ResNet's bottleneck


@design("g4")
def block(net: Net, x: Value, row: Row) -> Value:
    """1x1 to c / 4 channels, 3x3, 1x1 back to c: h w (2 c^2 / 4 + 9 c^2 / 16) MACs.

    Source: Ma et al. 2018, arXiv 1807.11164, Section 2, G4; He et al. 2016, Figure 5.
    """
    act = "relu" if "ReLU" in row.setting else None
    inner = row.channels[0] // _REDUCTION
    y = net.conv(x, "reduce", inner, act=act)
    y = net.conv(y, "conv", inner, 3, act=act)
    y = net.conv(y, "expand", row.channels[0])
    if "shortcut" in row.setting:
        y = net.add(x, y)
    return net.act(y, act)
