"""Guideline 1: two 1x1 convolutions, from c1 to c2 channels and back."""

from __future__ import annotations

from costscope.experiment.designs import design
from costscope.experiment.types import Row
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net


@design("g1")
def block(net: Net, x: Value, row: Row) -> Value:
    """The pair that keeps c1 channels: 2 h w c1 c2 MACs.

    Source: Ma et al. 2018, arXiv 1807.11164, Section 2, G1: each block has two layers, the
        second with the channels of the first exchanged.
    """
    narrow, wide = row.channels
    y = net.conv(x, "expand", wide, act="relu")
    return net.conv(y, "project", narrow, act="relu")
