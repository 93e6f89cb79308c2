"""Universal inverted bottleneck and Mobile MQA, the two blocks of MobileNetV4.

Source: Qin et al. 2024, arXiv 2404.10518, Sections 4 (universal inverted bottleneck) and 5
(Mobile MQA), appendix (the stages, row by row).
"""

from __future__ import annotations

from typing import Any

from costscope.errors import ArchitectureError
from costscope.zoo.blocks import block
from costscope.zoo.emitter import Value
from costscope.zoo.expression import divisible
from costscope.zoo.net import Net


@block("mobilenet_v4_stage")
def mobilenet_v4_stage(
    net: Net,
    x: Value,
    *,
    rows: list[list[Any]],
    width: float = 1.0,
    act: str = "relu",
    layer_scale: bool = False,
) -> Value:
    """The blocks of one stage, one row of the paper's tables each.

    Args:
        net: the network.
        x: (N, C, H, W).
        rows: [conv, kernel, out, stride], [fused, kernel, hidden, out, stride],
            [uib, first kernel, middle kernel, hidden, out, stride] with 0 for a depthwise
            convolution left out, or [mqa, heads, size of a head, stride of keys and values].
        width: factor of all channels.
        act: activation.
        layer_scale: whether each uib and mqa ends with a learned factor a channel.

    Raises:
        ArchitectureError: a row is none of these.
    """
    for index, (kind, *numbers) in enumerate(rows, start=1):
        with net.scope(f"block{index}"):
            match kind, numbers:
                case "conv", [kernel, out, stride]:
                    out = divisible(out * width)
                    x = net.conv(x, "conv", out, kernel, stride=stride, bn=True, act=act)
                case "fused", [kernel, hidden, out, stride]:
                    wide, out = divisible(hidden * width), divisible(out * width)
                    x = fused_bottleneck(
                        net, x, out=out, hidden=wide, kernel=kernel, stride=stride, act=act
                    )
                case "uib", [start, middle, hidden, out, stride]:
                    wide, out = divisible(hidden * width), divisible(out * width)
                    x = universal_bottleneck(
                        net, x, out=out, hidden=wide, start=start, middle=middle,
                        stride=stride, act=act, layer_scale=layer_scale,
                    )  # fmt: skip
                case "mqa", [heads, size, stride]:
                    x = mobile_mqa(
                        net, x, heads=heads, size=size, stride=stride, layer_scale=layer_scale
                    )
                case _:
                    raise ArchitectureError(f"{net.path('')}: unknown row {[kind, *numbers]}")
    return x


@block("fused_bottleneck")
def fused_bottleneck(
    net: Net,
    x: Value,
    *,
    out: int,
    hidden: int,
    kernel: int = 3,
    stride: int = 1,
    act: str = "relu",
) -> Value:
    """Fused inverted bottleneck: a full convolution that expands, then a projection."""
    y = net.conv(x, "expand", hidden, kernel, stride=stride, bn=True, act=act)
    y = net.conv(y, "project", out, bn=True)
    return net.add(x, y) if stride == 1 and x.channels == out else y


@block("universal_bottleneck")
def universal_bottleneck(
    net: Net,
    x: Value,
    *,
    out: int,
    hidden: int,
    start: int = 0,
    middle: int = 0,
    stride: int = 1,
    act: str = "relu",
    layer_scale: bool = False,
) -> Value:
    """Universal inverted bottleneck.

    Args:
        net: the network.
        x: (N, C, H, W).
        out: output channels.
        hidden: expanded channels.
        start: kernel of the depthwise convolution before the expansion; none if 0.
        middle: kernel of the one behind it; none if 0. Both make an ExtraDW, the first alone a
            ConvNext-like block, the second alone an inverted bottleneck, neither an FFN.
        stride: of the middle depthwise convolution, of the first where there is no middle one.
        act: activation behind expansion and middle.
        layer_scale: whether a learned factor a channel stands at the end.
    """
    y = x
    if start:
        first = 1 if middle else stride
        y = net.depthwise(y, "depthwise_start", start, stride=first, bn=True)
    y = net.conv(y, "expand", hidden, bn=True, act=act)
    if middle:
        y = net.depthwise(y, "depthwise", middle, stride=stride, bn=True, act=act)
    y = net.conv(y, "project", out, bn=True)
    if layer_scale:
        y = net.scaled(y, "layer_scale")
    return net.add(x, y) if stride == 1 and x.channels == out else y


@block("mobile_mqa")
def mobile_mqa(
    net: Net, x: Value, *, heads: int, size: int, stride: int = 1, layer_scale: bool = True
) -> Value:
    """Multi-query attention over an image: one key and one value for all heads.

    Keys and values are taken at a lower resolution, by a depthwise convolution, where the
    stride is above 1; queries keep theirs.
    """
    y = net.batch_norm(x, "norm")
    positions = x.spatial[0] * x.spatial[1]
    query = net.conv(y, "query", heads * size, bias=False)
    query = net.reshape(query, [x.shape[0], heads, size, positions], "query.heads")
    query = net.transpose(query, [0, 1, 3, 2], "query.turned")
    query = net.times(query, size**-0.5, "query.scaled")
    key = net.reshape(_reduced(net, y, "key", size, stride), [x.shape[0], 1, size, -1], "key.flat")
    value = _reduced(net, y, "value", size, stride)
    value = net.reshape(value, [x.shape[0], 1, size, -1], "value.flat")
    value = net.transpose(value, [0, 1, 3, 2], "value.turned")
    weights = net.softmax(net.matmul(query, key, "scores"))
    mixed = net.transpose(net.matmul(weights, value, "mix"), [0, 1, 3, 2], "mix.turned")
    mixed = net.reshape(mixed, [x.shape[0], heads * size, *x.spatial], "mix.image")
    y = net.conv(mixed, "output", x.channels, bias=False)
    if layer_scale:
        y = net.scaled(y, "layer_scale")
    return net.add(x, y)


def _reduced(net: Net, x: Value, name: str, size: int, stride: int) -> Value:
    """Keys or values of `size` channels, at a resolution lower by the stride."""
    if stride > 1:
        x = net.depthwise(x, f"{name}.down", 3, stride=stride, bn=True)
    return net.conv(x, name, size, bias=False)
