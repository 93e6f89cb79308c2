"""Fractal block: columns of convolutions of doubling depth, joined by their mean.

Source: Larsson et al. 2016, arXiv 1605.07648, Section 3, Equation 2.
"""

from __future__ import annotations

from collections.abc import Sequence

from costscope.zoo.blocks import block
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net


@block("fractal_block")
def fractal_block(net: Net, x: Value, *, out: int, columns: int, pool: bool = True) -> Value:
    """A fractal of 3x3 convolutions, each with batch norm and activation.

    Args:
        net: the network.
        x: (N, C, H, W).
        out: channels.
        columns: the last of them is 2 ** (columns - 1) convolutions deep.
        pool: whether the columns' ends are halved in size before the last join.
    """
    ends = _columns(net, x, out, columns)
    if pool:
        ends = [net.max_pool(end, f"pool{i}", 2, stride=2) for i, end in enumerate(ends, start=1)]
    return _join(net, ends)


def _columns(net: Net, x: Value, out: int, columns: int) -> list[Value]:
    """The ends of all columns; every column but the first is two smaller fractals in a row."""
    own = net.conv(x, f"column{columns}", out, 3, bn=True, act="relu")
    if columns == 1:
        return [own]
    with net.scope("upper"):
        middle = _join(net, _columns(net, x, out, columns - 1))
    with net.scope("lower"):
        return [own, *_columns(net, middle, out, columns - 1)]


def _join(net: Net, ends: Sequence[Value]) -> Value:
    if len(ends) == 1:
        return ends[0]
    return net.times(net.total(ends, "join"), 1 / len(ends), "mean")
