"""A convolution and the normalisation behind it, of every kind.

Source: Ioffe and Szegedy 2015, arXiv 1502.03167 (batch); Ba et al. 2016, arXiv 1607.06450
(layer); Ulyanov et al. 2016, arXiv 1607.08022 (instance); Wu and He 2018, arXiv 1803.08494
(group).
"""

from __future__ import annotations

from typing import Any

from costscope.errors import ArchitectureError
from costscope.zoo.blocks import block
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net

_EPSILON = 1e-5


@block("normalization_block")
def normalization_block(
    net: Net, x: Value, *, out: int, kernel: int = 3, kind: str, groups: int = 32
) -> Value:
    """Convolution, normalisation, ReLU.

    Args:
        net: the network.
        x: (N, C, H, W).
        out: output channels.
        kernel: of the convolution.
        kind: none, batch (folds), layer (over channels and positions), channel (layer norm of
            each position), group or instance.
        groups: of group norm.
    """
    if kind in ("none", "batch"):
        return net.conv(x, "conv", out, kernel, bn=kind == "batch", bias=False, act="relu")
    y = net.conv(x, "conv", out, kernel, bias=False)
    return net.act(_normal(net, y, kind, groups), "relu", "relu")


def _normal(net: Net, x: Value, kind: str, groups: int) -> Value:
    if kind == "layer":
        return net.layer_norm(x, axis=1)
    if kind == "channel":
        with net.scope("norm"):
            last = net.transpose(x, [0, 2, 3, 1], "channels_last")
            normal = net.layer_norm(last, "layer")
            return net.transpose(normal, [0, 3, 1, 2], "channels_first")
    inputs: list[Any] = [
        x,
        net.weight("norm.scale", [x.channels], like="scale"),
        net.weight("norm.bias", [x.channels], like="bias"),
    ]
    if kind == "instance":
        return net.emit("InstanceNormalization", inputs, "norm", x.shape, epsilon=_EPSILON)
    if kind == "group" and x.channels % groups == 0:
        return net.emit(
            "GroupNormalization", inputs, "norm", x.shape, epsilon=_EPSILON, num_groups=groups
        )
    raise ArchitectureError(f"no {kind} norm of {groups} groups for {x.channels} channels")
