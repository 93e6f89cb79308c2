"""Inverted residual with mixed depthwise kernels.

Source: Tan and Le 2019, arXiv 1907.09595, Sections 3.1 and 4 and Figure 5.
"""

from __future__ import annotations

from costscope.zoo.blocks import block
from costscope.zoo.blocks.inverted_residual import squeeze_excite
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net


@block("mixnet_block")
def mixnet_block(
    net: Net,
    x: Value,
    *,
    out: int,
    expand: int = 1,
    kernels: list[int] | None = None,
    stride: int = 1,
    expand_groups: int = 1,
    project_groups: int = 1,
    squeeze: float = 0,
    act: str = "relu",
) -> Value:
    """Expand, depthwise convolutions of several sizes side by side, squeeze, project.

    Args:
        net: the network.
        x: (N, C, H, W).
        out: output channels.
        expand: expansion factor; no expansion where it is 1.
        kernels: of the depthwise convolutions, one for each group of channels.
        stride: of the depthwise convolutions.
        expand_groups: groups of channels that the expansion handles apart.
        project_groups: the same of the projection.
        squeeze: channels in the middle of squeeze and excitation, as a share of the block's
            input channels; none if 0.
        act: activation behind the first two and in the middle of the squeeze.
    """
    y = x
    if expand != 1:
        y = _pointwise(net, x, "expand", x.channels * expand, expand_groups, act)
    y = _mixed_depthwise(net, y, kernels or [3], stride, act)
    if squeeze:
        y = squeeze_excite(net, y, max(1, int(x.channels * squeeze)), act=act)
    y = _pointwise(net, y, "project", out, project_groups, None)
    return net.add(x, y) if stride == 1 and x.channels == out else y


def _mixed_depthwise(net: Net, x: Value, kernels: list[int], stride: int, act: str) -> Value:
    if len(kernels) == 1:
        return net.depthwise(x, "depthwise", kernels[0], stride=stride, bn=True, act=act)
    with net.scope("depthwise"):
        parts = net.split(x, _shares(x.channels, len(kernels)))
        done = [
            net.depthwise(part, f"kernel{kernel}", kernel, stride=stride, bias=net.deploy)
            for part, kernel in zip(parts, kernels, strict=True)
        ]
        return _joined(net, done, act)


def _pointwise(net: Net, x: Value, name: str, out: int, groups: int, act: str | None) -> Value:
    if groups == 1:
        return net.conv(x, name, out, bn=True, act=act)
    with net.scope(name):
        parts = net.split(x, _shares(x.channels, groups))
        shares = _shares(out, groups)
        done = [
            net.conv(part, f"part{index}", share, bias=net.deploy)
            for index, (part, share) in enumerate(zip(parts, shares, strict=True), start=1)
        ]
        return _joined(net, done, act)


def _joined(net: Net, parts: list[Value], act: str | None) -> Value:
    """Side by side under one batch norm, which the deploy form folds into the parts' biases."""
    y = net.concat(parts)
    return net.act(y if net.deploy else net.batch_norm(y), act)


def _shares(channels: int, groups: int) -> list[int]:
    """Equal shares; what is left over goes to the first."""
    share = channels // groups
    return [channels - share * (groups - 1), *[share] * (groups - 1)]
