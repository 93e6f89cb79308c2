"""Inception modules, each branch written as a line of layers.

Source: Szegedy et al. 2014, arXiv 1409.4842, Section 4; Szegedy et al. 2015, arXiv 1512.00567,
Figures 5 to 7; Szegedy et al. 2016, arXiv 1602.07261, Figures 3 to 20 (with a residual).

A branch is text such as `1x1 64 > 1x7 96 > 3x3 128 /2`: kernel (height first), channels and
stride of each convolution. `max3` and `avg3` are poolings of that size. A word `valid` leaves
out the padding; `(1x3 256 | 3x1 256)` forks, and the ends stand side by side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from costscope.errors import ArchitectureError
from costscope.zoo.blocks import block
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net


@dataclass(frozen=True, slots=True)
class Style:
    """What all layers of a module have in common.

    Attributes:
        bn: whether batch norms follow the convolutions, in place of biases.
        same: pads strided layers as TensorFlow does.
        ceil: poolings may reach over the edge, as in Caffe.
    """

    bn: bool = True
    same: bool = False
    ceil: bool = False


@block("inception_module")
def inception_module(
    net: Net,
    x: Value,
    *,
    branches: Sequence[str],
    bn: bool = True,
    same: bool = False,
    ceil: bool = False,
) -> Value:
    """Branches over one input, concatenated.

    Args:
        net: the network.
        x: (N, C, H, W).
        branches: each a line of layers; an empty one is the input itself.
        bn: whether batch norms follow the convolutions, in place of biases.
        same: pads strided layers as TensorFlow does.
        ceil: poolings may reach over the edge, as in Caffe.
    """
    style = Style(bn=bn, same=same, ceil=ceil)
    return net.concat(inception_branches(net, x, branches, style))


@block("inception_chain")
def inception_chain(
    net: Net, x: Value, *, layers: str, bn: bool = True, same: bool = False, ceil: bool = False
) -> Value:
    """One line of layers, for stems."""
    return _chain(net, x, layers, Style(bn=bn, same=same, ceil=ceil))


@block("inception_residual")
def inception_residual(
    net: Net, x: Value, *, branches: Sequence[str], scale: float, act: str | None = "relu"
) -> Value:
    """The input plus a scaled module, brought to its channels by a 1x1 convolution with bias."""
    y = net.concat(inception_branches(net, x, branches, Style()))
    y = net.conv(y, "project", x.channels)
    return net.act(net.add(x, net.times(y, scale)), act)


def inception_branches(
    net: Net, x: Value, branches: Sequence[str], style: Style = Style()
) -> list[Value]:
    """The ends of branches over one input."""
    ends = []
    for index, line in enumerate(branches, start=1):
        with net.scope(f"branch{index}"):
            ends.append(_chain(net, x, line, style))
    return ends


def _chain(net: Net, x: Value, line: str, style: Style) -> Value:
    for index, words in enumerate(line.split(">") if line.strip() else (), start=1):
        if words.strip().startswith("("):
            forks = words.strip().strip("()").split("|")
            ends = [
                _layer(net, x, f, f"conv{index}{'abcd'[i]}", style) for i, f in enumerate(forks)
            ]
            x = net.concat(ends, f"concat{index}")
        else:
            pooled = words.strip()[:3] in ("max", "avg")
            x = _layer(net, x, words, "pool" if pooled else f"conv{index}", style)
    return x


def _layer(net: Net, x: Value, text: str, name: str, style: Style) -> Value:
    words = text.split()
    stride = next((int(w[1:]) for w in words if w.startswith("/")), 1)
    pad = "same" if style.same and stride > 1 else 0 if "valid" in words else None
    try:
        if words[0][:3] in ("max", "avg"):
            size = int(words[0][3:])
            if words[0].startswith("max"):
                return net.max_pool(x, name, size, stride=stride, pad=pad, ceil=style.ceil)
            return net.avg_pool(x, name, size, stride=stride, pad=pad, count_pad=False)
        kernel = [int(size) for size in words[0].split("x")]
        out = int(words[1])
    except (ValueError, IndexError):
        raise ArchitectureError(f"{net.path(name)}: the layer {text!r} is not understood") from None
    act = None if "linear" in words else "relu"
    return net.conv(x, name, out, kernel, stride=stride, pad=pad, bn=style.bn, act=act)
