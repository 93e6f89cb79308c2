"""Dual path block: a residual path and a densely connected one through the same convolutions.

Source: Chen et al. 2017, arXiv 1707.01629, Section 4.1, Figure 2 (d). A value between blocks is a
pair: the residual path and the dense one. Batch norms and activations come first.
"""

from __future__ import annotations

from costscope.errors import ArchitectureError
from costscope.zoo.blocks import block
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net

Paths = tuple[Value, Value]


@block("dual_path")
def dual_path(
    net: Net,
    x: Value | Paths,
    *,
    middle: int,
    out: int,
    grow: int,
    groups: int,
    stride: int = 1,
    project: bool = False,
    split: bool = False,
) -> Paths:
    """One block: 1x1, grouped 3x3 and 1x1 convolution, whose end feeds both paths.

    Args:
        net: the network.
        x: an image, or the pair that the previous block left.
        middle: channels of the grouped convolution.
        out: channels of the residual path.
        grow: channels that the dense path gains.
        groups: of the 3x3 convolution.
        stride: likewise.
        project: whether both paths go through a 1x1 convolution first, as in a stage's first
            block.
        split: whether the last 1x1 convolution is two, one for each path (the `b` models).
    """
    joined = x if isinstance(x, Value) else net.concat(x)
    if project:
        with net.scope("project"):
            ready = _normed(net, joined, "norm")
            both = net.conv(ready, "", out + 2 * grow, stride=stride, bias=False)
            residual, dense = net.split(both, [out, 2 * grow], "split")
    elif isinstance(x, Value):
        raise ArchitectureError(f"{net.path('')}: the first dual path block has to project")
    else:
        residual, dense = x
    y = _normed(net, joined, "norm")
    y = net.conv(y, "reduce", middle, bn=True, act="relu")
    y = net.conv(y, "grouped", middle, 3, stride=stride, groups=groups, bn=True, act="relu")
    if split:
        ends = [
            net.conv(y, "expand_residual", out, bias=False),
            net.conv(y, "expand_dense", grow, bias=False),
        ]
    else:
        ends = net.split(net.conv(y, "expand", out + grow, bias=False), [out, grow], "split")
    return net.add(residual, ends[0]), net.concat([dense, ends[1]], "join")


@block("dual_path_end")
def dual_path_end(net: Net, x: Paths, *, act: str = "elu") -> Value:
    """Both paths side by side, normalised and activated."""
    return _normed(net, net.concat(x), "norm", act)


def _normed(net: Net, x: Value, name: str, act: str = "relu") -> Value:
    with net.scope(name):
        return net.act(net.batch_norm(x), act)
