"""Global convolutional network: large separable kernels, and refinement of boundaries.

Source: Peng et al. 2017, arXiv 1703.02719, Sections 3.1 and 3.2, Figure 2.
"""

from __future__ import annotations

from collections.abc import Sequence

from costscope.zoo.blocks import block
from costscope.zoo.blocks.roi_head import large_separable
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net

_DECONVOLUTION = 4


@block("gcn_kernel")
def gcn_kernel(net: Net, x: Value, *, out: int, kernel: int, kind: str = "gcn") -> Value:
    """A large k x k kernel: `gcn` as two separable branches, `plain` as one convolution."""
    if kind == "plain":
        return net.conv(x, "conv", out, kernel)
    y: Value = large_separable(net, x, kernel=kernel, middle=out, out=out)
    return y


@block("gcn_refine")
def gcn_refine(net: Net, x: Value) -> Value:
    """Boundary refinement: x plus two 3x3 convolutions of it."""
    y = net.conv(x, "conv1", x.channels, 3, act="relu")
    return net.add(x, net.conv(y, "conv2", x.channels, 3))


@block("gcn_level")
def gcn_level(net: Net, x: Value | Sequence[Value], *, out: int, kernel: int) -> Value:
    """Large kernel and refinement of a map; a coarser level's scores are enlarged and added."""
    fine, coarse = (x, None) if isinstance(x, Value) else (x[0], x[1])
    with net.scope("kernel"):
        y: Value = gcn_kernel(net, fine, out=out, kernel=kernel)
    with net.scope("refine"):
        y = gcn_refine(net, y)
    if coarse is not None:
        y = net.add(y, _enlarged(net, coarse), "merge")
        with net.scope("refine_merged"):
            y = gcn_refine(net, y)
    return y


@block("gcn_enlarge")
def gcn_enlarge(net: Net, x: Value) -> Value:
    """Twice as large by a transposed convolution, then refined."""
    enlarged = _enlarged(net, x)
    with net.scope("refine"):
        y: Value = gcn_refine(net, enlarged)
    return y


def _enlarged(net: Net, x: Value) -> Value:
    return net.conv_transpose(x, "up", x.channels, _DECONVOLUTION, stride=2, pad=1)
