"""Blocks of one layer: what stems, heads and classifiers are made of."""

from __future__ import annotations

from typing import Any

from costscope.zoo.blocks import block
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net


@block("conv")
def conv(
    net: Net,
    x: Value,
    *,
    out: int,
    kernel: int | list[int] = 1,
    stride: int = 1,
    groups: int = 1,
    dilation: int = 1,
    pad: int | list[int] | str | None = None,
    bn: bool = True,
    bias: bool | None = None,
    act: str | None = "relu",
) -> Value:
    """Convolution, batch norm, activation."""
    return net.conv(
        x, "", out, kernel, stride=stride, groups=groups, dilation=dilation, pad=pad, bn=bn,
        bias=bias, act=act,
    )  # fmt: skip


@block("max_pool")
def max_pool(
    net: Net, x: Value, *, kernel: int, stride: int = 1, pad: Any = 0, ceil: bool = False
) -> Value:
    """Max pooling."""
    return net.max_pool(x, "", kernel, stride=stride, pad=pad, ceil=ceil)


@block("avg_pool")
def avg_pool(
    net: Net, x: Value, *, kernel: int, stride: int = 1, pad: Any = 0, ceil: bool = False
) -> Value:
    """Average pooling."""
    return net.avg_pool(x, "", kernel, stride=stride, pad=pad, ceil=ceil)


@block("global_pool")
def global_pool(net: Net, x: Value) -> Value:
    """Mean over all positions, kept as a 1x1 image."""
    return net.global_pool(x, "")


@block("activation")
def activation(net: Net, x: Value, *, kind: str) -> Value:
    """An activation on its own."""
    return net.act(x, kind, "")


@block("batch_norm")
def batch_norm(net: Net, x: Value, *, act: str | None = None) -> Value:
    """A batch norm that follows no convolution, and an activation."""
    return net.act(net.batch_norm(x, ""), act, "act")


@block("fc")
def fc(net: Net, x: Value, *, out: int, bias: bool = True, act: str | None = None) -> Value:
    """Fully connected layer; an image is flattened first."""
    if len(x.shape) > 2:  # noqa: PLR2004
        x = net.flatten(x)
    return net.fc(x, "", out, bias=bias, act=act)


@block("classifier")
def classifier(net: Net, x: Value, *, classes: int, bias: bool = True) -> Value:
    """Global average pooling and a fully connected layer."""
    return net.fc(net.flatten(net.global_pool(x)), "", classes, bias=bias)


@block("flatten")
def flatten(net: Net, x: Value) -> Value:
    """(N, ...) to (N, F)."""
    return net.flatten(x, "")


@block("softmax")
def softmax(net: Net, x: Value) -> Value:
    """Softmax over the last axis."""
    return net.softmax(x, "")
