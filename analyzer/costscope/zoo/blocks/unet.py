"""The two convolutions of each level of a U, its skip connections and its ways up.

Source: Ronneberger et al. 2015, arXiv 1505.04597, Figure 1; ways up: Shi et al. 2016, arXiv
1609.05158 (pixel shuffle); Badrinarayanan et al. 2015, arXiv 1511.00561 (max-unpooling).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from costscope.errors import ArchitectureError
from costscope.zoo.blocks import block
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net

_FACTOR = 2


@block("unet_convs")
def unet_convs(
    net: Net, x: Value, *, out: int, pad: int = 1, bn: bool = True, count: int = 2, final: int = 0
) -> Value:
    """3x3 convolutions, the last of which may have channels of its own."""
    for index in range(count):
        wide = final if final and index == count - 1 else out
        x = net.conv(x, f"conv{index + 1}", wide, 3, pad=pad, bn=bn, act="relu")
    return x


@block("unet_join")
def unet_join(
    net: Net, x: Sequence[Value], *, out: int, pad: int = 1, bn: bool = True, up: str = "transposed"
) -> Value:
    """The coarse map twice as large beside the middle of the fine one, and two convolutions."""
    coarse, fine = x
    coarse = upsampled(net, coarse, out, up)
    for axis in (2, 3):
        spare = fine.shape[axis] - coarse.shape[axis]
        if spare < 0:
            raise ArchitectureError(f"the sizes {fine.spatial} are not even at every level")
        if spare:
            start = spare // 2
            fine = net.cut(fine, start, start + coarse.shape[axis], f"crop{axis - 1}", axis=axis)
    y: Value = unet_convs(net, net.concat([fine, coarse]), out=out, pad=pad, bn=bn)
    return y


@block("upsample")
def upsample(net: Net, x: Value, *, out: int, kind: str, kernel: int = 2) -> Value:
    """An image twice as large, with `out` channels."""
    return upsampled(net, x, out, kind, kernel)


def upsampled(net: Net, x: Value, out: int, kind: str, kernel: int = 2) -> Value:
    """An image twice as large.

    Args:
        net: the network.
        x: (N, C, H, W).
        out: channels of the result.
        kind: transposed (convolution), shuffle (a convolution to four times the channels, then
            pixel shuffle), nearest or linear (enlarged, then a convolution).
        kernel: of the convolution, but of one behind an enlarged image, which is 3x3.

    Raises:
        ArchitectureError: there is no such kind.
    """
    with net.scope("up"):
        if kind == "transposed":
            pad = (kernel - _FACTOR) // 2
            return net.conv_transpose(x, "transposed", out, kernel, stride=_FACTOR, pad=pad)
        if kind == "shuffle":
            wide = net.conv(x, "conv", out * _FACTOR**2, kernel if kernel % 2 else 1)
            return net.depth_to_space(wide, _FACTOR)
        if kind in ("nearest", "linear"):
            size = [_FACTOR * s for s in x.spatial]
            return net.conv(net.resize(x, size, mode=kind), "conv", out, 3)
    raise ArchitectureError(f"unknown way up {kind!r}: transposed, shuffle, nearest or linear")


@block("pool_with_places")
def pool_with_places(net: Net, x: Value) -> tuple[Value, Value, Value]:
    """2x2 max pooling: the maxima, their places, and the image, for its size."""
    shape = (*x.shape[:2], *(s // _FACTOR for s in x.spatial))
    window: dict[str, Any] = {"kernel_shape": [_FACTOR, _FACTOR], "strides": [_FACTOR, _FACTOR]}
    maxima, places = net.emit_many("MaxPool", [x], "", [shape, shape], **window)
    return maxima, places, x


@block("unpool")
def unpool(net: Net, x: Sequence[Value | tuple[Value, ...]]) -> Value:
    """Each element back at the place where 2x2 max pooling found it, zeros elsewhere."""
    small, pooled = x
    if not isinstance(small, Value) or isinstance(pooled, Value):
        raise ArchitectureError("unpool takes an image and what pool_with_places returned")
    _, places, image = pooled
    inputs: list[Any] = [small, places, net.shape_constant(image.shape)]
    window: dict[str, Any] = {"kernel_shape": [_FACTOR, _FACTOR], "strides": [_FACTOR, _FACTOR]}
    return net.emit("MaxUnpool", inputs, "", (*small.shape[:2], *image.spatial), **window)


@block("sub_pixel")
def sub_pixel(net: Net, x: Value, *, out: int, factor: int, kernel: int = 3) -> Value:
    """A convolution to `factor` squared times the channels, then pixel shuffle."""
    wide = net.conv(x, "conv", out * factor**2, kernel)
    return net.depth_to_space(wide, factor)
