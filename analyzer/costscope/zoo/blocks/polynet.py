"""PolyNet's modules: polynomials of inception blocks.

Source: Zhang et al. 2016, arXiv 1611.05725, Section 3. With F and G inception blocks, a 2-way
module is I + F + G; a poly-3 module is I + F + FF + FFF with the weights of F shared, but a batch
norm and a last 1x1 convolution for each of its three uses. The deploy form folds each use's batch
norm into its convolution, so that nothing is shared there.
"""

from __future__ import annotations

from collections.abc import Sequence

from costscope.zoo.blocks import block
from costscope.zoo.blocks.inception import inception_branches
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net

_TWO_WAY = 2
_POLY = 3


@block("polynet_stage")
def polynet_stage(
    net: Net,
    x: Value,
    *,
    branches: Sequence[str],
    modules: int,
    mixed: bool = True,
    scale: float = 1.0,
    step: float = 0.0,
) -> Value:
    """Modules over one grid: poly-3 and 2-way in turn, or 2-way only.

    Args:
        net: the network.
        x: (N, C, H, W).
        branches: of the inception block, each a line of layers.
        modules: how many.
        mixed: whether every other module, the first included, is poly-3.
        scale: of the branches of the first module.
        step: how much smaller the scale is at each next one.
    """
    for index in range(modules):
        factor = scale - index * step
        with net.scope(f"module{index + 1}"):
            if mixed and index % 2 == 0:
                x = _poly(net, x, branches, factor)
            else:
                x = _two_way(net, x, branches, factor)
    return x


def _two_way(net: Net, x: Value, branches: Sequence[str], factor: float) -> Value:
    ends = [x]
    for way in range(1, _TWO_WAY + 1):
        with net.scope(f"way{way}"):
            y = net.concat(inception_branches(net, x, branches))
            y = net.conv(y, "project", x.channels, bn=True)
            ends.append(net.times(y, factor))
    return net.act(net.total(ends), "relu")


def _poly(net: Net, x: Value, branches: Sequence[str], factor: float) -> Value:
    weights: dict[str, str] = {}
    ends, y = [x], x
    for order in range(1, _POLY + 1):
        with net.scope(f"order{order}"):
            if net.deploy:
                inner = inception_branches(net, y, branches)
            else:
                inner = [
                    _shared_chain(net, y, line, f"branch{i}", weights)
                    for i, line in enumerate(branches, start=1)
                ]
            y = net.conv(net.concat(inner), "project", x.channels, bn=True)
            ends.append(net.times(y, factor))
            if order < _POLY:
                y = net.act(y, "relu", "act")
    return net.act(net.total(ends), "relu")


def _shared_chain(net: Net, x: Value, line: str, branch: str, weights: dict[str, str]) -> Value:
    """A branch whose convolutions take the weights that its first use made."""
    for index, text in enumerate(line.split(">"), start=1):
        size, out = text.split()
        kernel = [int(each) for each in size.split("x")]
        with net.scope(f"{branch}.conv{index}"):
            key = f"{branch}.{index}"
            if key not in weights:
                weights[key] = net.weight("weight", [int(out), x.channels, *kernel])
            pads = [(k - 1) // 2 for k in kernel] * 2
            shape = (x.shape[0], int(out), *x.spatial)
            strides = [1, 1]
            inputs: list[Value | str] = [x, weights[key]]
            x = net.emit("Conv", inputs, "", shape, kernel_shape=kernel, strides=strides, pads=pads)
            x = net.act(net.batch_norm(x), "relu")
    return x
