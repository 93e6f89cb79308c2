"""Guideline 3: one to four 1x1 convolutions, one after another or side by side."""

from __future__ import annotations

from costscope.experiment.designs import design
from costscope.experiment.types import Row
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net


@design("g3")
def block(net: Net, x: Value, row: Row) -> Value:
    """So many fragments of c channels each: n h w c^2 MACs; parallel ones are summed.

    Source: Ma et al. 2018, arXiv 1807.11164, Section 2, G3, and the appendix's first figure.
    """
    count, _, arrangement = row.setting.partition("-")
    names = [f"conv{number + 1}" for number in range(int(count))]
    if arrangement == "parallel":
        return net.total([net.conv(x, name, row.channels[0], act="relu") for name in names])
    for name in names:
        x = net.conv(x, name, row.channels[0], act="relu")
    return x
