"""Residual blocks for 32-pixel images, plain or with ghost modules.

Source: He et al. 2016, arXiv 1512.03385, Section 4.2 (shortcuts without weights); Han et al.
2020, arXiv 1911.11907, Section 4.1 and Table 5 (ghost modules in place of its convolutions).
"""

from __future__ import annotations

from costscope.zoo.blocks import block
from costscope.zoo.blocks.ghostnet import ghost_module
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net


@block("ghost_basic")
def ghost_basic(
    net: Net, x: Value, *, out: int, stride: int = 1, ratio: int = 1, cheap: int = 3
) -> Value:
    """Two 3x3 convolutions and a shortcut; a ratio above 1 makes them ghost modules."""
    with net.scope("first"):
        y = ghost_module(net, x, out=out, kernel=3, stride=stride, ratio=ratio, cheap=cheap)
    with net.scope("second"):
        y = ghost_module(net, y, out=out, kernel=3, ratio=ratio, cheap=cheap, act=None)
    if stride > 1 or x.channels != out:
        x = _subsampled(net, x, out, stride)
    return net.act(net.add(x, y), "relu")


def _subsampled(net: Net, x: Value, out: int, stride: int) -> Value:
    """Every `stride`-th position, with zeros for the channels that are new."""
    with net.scope("shortcut"):
        for axis, name in ((2, "rows"), (3, "columns")):
            x = net.cut(x, 0, x.shape[axis], name, axis=axis, step=stride)
        return net.pad(x, [0, 0, 0, 0], [0, out - x.channels, 0, 0])
