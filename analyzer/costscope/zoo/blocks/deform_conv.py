"""Deformable convolution: its taps stand where another convolution says.

Source: Dai et al. 2017, arXiv 1703.06211, Section 2.1; Zhu et al. 2019, arXiv 1811.11168,
Section 3.2 (modulation).
"""

from __future__ import annotations

from typing import Any

from costscope.zoo.blocks import block
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net

_MODULATED = 2
_EXPANSION = 4


def deformable(
    net: Net, x: Value, name: str, out: int, kernel: int = 3, *, stride: int = 1, version: int = 1
) -> Value:
    """Deformable convolution without bias; its offsets (and mask) come from x.

    Args:
        net: the network.
        x: (N, C, H, W).
        name: of its scope.
        out: output channels.
        kernel: size of both axes.
        stride: likewise.
        version: 1 has offsets alone, 2 a weight for each tap too; 0 is a plain convolution.
    """
    taps, pad = kernel * kernel, (kernel - 1) // 2
    with net.scope(name):
        if not version:
            return net.conv(x, "conv", out, kernel, stride=stride, bias=False)
        offsets = net.conv(x, "offsets", 2 * taps, kernel, stride=stride)
        weight = net.weight("weight", [out, x.channels, kernel, kernel])
        inputs: list[Any] = [x, weight, offsets]
        if version == _MODULATED:
            mask = net.conv(x, "mask", taps, kernel, stride=stride, act="sigmoid")
            inputs += [None, mask]
        return net.emit(
            "DeformConv",
            inputs,
            "conv",
            (x.shape[0], out, *offsets.spatial),
            kernel_shape=[kernel, kernel],
            strides=[stride, stride],
            pads=[pad] * 4,
        )


@block("deform_conv")
def deform_conv(
    net: Net, x: Value, *, out: int, kernel: int = 3, stride: int = 1, version: int = 1
) -> Value:
    """One deformable convolution, batch norm, ReLU."""
    y = deformable(net, x, "deform", out, kernel, stride=stride, version=version)
    return net.act(net.batch_norm(y), "relu", "relu")


@block("deform_bottleneck")
def deform_bottleneck(
    net: Net, x: Value, *, middle: int, stride: int = 1, version: int = 1
) -> Value:
    """Residual bottleneck whose 3x3 convolution is deformable."""
    out = middle * _EXPANSION
    y = net.conv(x, "reduce", middle, bn=True, act="relu")
    y = deformable(net, y, "spatial", middle, stride=stride, version=version)
    y = net.act(net.batch_norm(y, "spatial.bn"), "relu", "spatial.act")
    y = net.conv(y, "expand", out, bn=True)
    if stride > 1 or x.channels != out:
        x = net.conv(x, "shortcut", out, stride=stride, bn=True)
    return net.act(net.add(x, y), "relu", "relu")
