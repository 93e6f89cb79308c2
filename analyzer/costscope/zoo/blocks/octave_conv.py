"""Octave convolution: some of the channels at half the resolution, and what flows between.

Source: Chen et al. 2019, arXiv 1904.05049, Sections 3.2 and 3.3; residual networks in it are
pre-activated (He et al. 2016, arXiv 1603.05027).
"""

from __future__ import annotations

from dataclasses import dataclass

from costscope.zoo.blocks import block
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net

_EXPANSION = 4
Octaves = tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Split:
    """Channels at the full and at half the resolution."""

    high: int
    low: int


def split(channels: int, alpha: float) -> Split:
    """The share `alpha` of the channels goes to half the resolution."""
    low = int(alpha * channels)
    return Split(channels - low, low)


def octave(
    net: Net, x: Octaves, name: str, out: Split, kernel: int = 1, stride: int = 1
) -> Octaves:
    """One convolution for each pair of octaves; what arrives in an octave is added.

    Args:
        net: the network.
        x: the image at full resolution, and where there is one that at half of it.
        name: of its scope.
        out: channels; no second image where `low` is 0.
        kernel: of all of them.
        stride: 2 pools before the convolutions, but for what rises an octave: it has the size.
    """
    with net.scope(name):
        source = _halved(net, x[0], "pool_high") if stride > 1 else x[0]
        highs = [net.conv(source, "high_high", out.high, kernel, bias=False)]
        lows = []
        if out.low:
            pooled = _halved(net, source, "pool_high_low")
            lows.append(net.conv(pooled, "high_low", out.low, kernel, bias=False))
        if len(x) > 1:
            highs.append(_up(net, x[1], out.high, kernel, source, stride))
            if out.low:
                low = _halved(net, x[1], "pool_low") if stride > 1 else x[1]
                lows.append(net.conv(low, "low_low", out.low, kernel, bias=False))
        high = net.total(highs, "high")
        return (high, net.total(lows, "low")) if lows else (high,)


def _up(net: Net, x: Value, out: int, kernel: int, like: Value, stride: int) -> Value:
    y = net.conv(x, "low_high", out, kernel, bias=False)
    return y if stride > 1 else net.resize(y, like.spatial, "enlarge")


def _halved(net: Net, x: Value, name: str) -> Value:
    return net.avg_pool(x, name, 2, stride=2)


def _normal(net: Net, x: Octaves, name: str) -> Octaves:
    with net.scope(name):
        return tuple(
            net.act(net.batch_norm(each, f"bn_{kind}"), "relu", f"relu_{kind}")
            for kind, each in zip(("high", "low"), x, strict=False)
        )


def _octaves(x: Value | Octaves) -> Octaves:
    return (x,) if isinstance(x, Value) else x


@block("octave_bottleneck")
def octave_bottleneck(
    net: Net, x: Value | Octaves, *, middle: int, alpha: float, stride: int = 1
) -> Octaves:
    """Pre-activated residual bottleneck whose convolutions are octave convolutions."""
    x = _octaves(x)
    inner, outer = split(middle, alpha), split(middle * _EXPANSION, alpha)
    y = octave(net, _normal(net, x, "norm1"), "reduce", inner)
    y = octave(net, _normal(net, y, "norm2"), "spatial", inner, 3, stride)
    y = octave(net, _normal(net, y, "norm3"), "expand", outer)
    channels = Split(x[0].channels, x[1].channels if len(x) > 1 else 0)
    if stride > 1 or channels != outer:
        x = octave(net, _normal(net, x, "norm4"), "shortcut", outer, 1, stride)
    names = ("add_high", "add_low")
    return tuple(net.add(a, b, name) for a, b, name in zip(x, y, names, strict=False))


@block("octave_conv")
def octave_conv(
    net: Net, x: Value | Octaves, *, out: int, alpha: float, kernel: int = 3
) -> Octaves:
    """One octave convolution."""
    return octave(net, _octaves(x), "octave", split(out, alpha), kernel)


@block("octave_norm")
def octave_norm(net: Net, x: Value | Octaves) -> Value | Octaves:
    """Batch norm and ReLU of each octave."""
    y = _normal(net, _octaves(x), "norm")
    return y[0] if len(y) == 1 else y
