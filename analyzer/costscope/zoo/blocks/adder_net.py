"""Adder layers, which compare patches with filters by L1 distance, in a residual block.

Source: Chen et al. 2020, arXiv 1912.13200, Section 3.1; You et al. 2020, arXiv 2010.12785,
Section 3 (a layer of power-of-two weights before each adder layer).
"""

from __future__ import annotations

from math import prod

from costscope.zoo.blocks import block
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net


@block("adder_residual")
def adder_residual(net: Net, x: Value, *, out: int, stride: int = 1, shifts: bool = False) -> Value:
    """Two adder layers with batch norms, and a shortcut.

    Args:
        net: the network.
        x: (N, C, H, W).
        out: output channels.
        stride: of the first layer.
        shifts: whether a shift layer stands before each adder layer.
    """
    y = net.act(_layer(net, x, "layer1", out, 3, stride, shifts=shifts), "relu", "act1")
    y = _layer(net, y, "layer2", out, 3, 1, shifts=shifts)
    if stride > 1 or x.channels != out:
        x = _layer(net, x, "shortcut", out, 1, stride, shifts=shifts)
    return net.act(net.add(x, y), "relu", "act2")


def _layer(
    net: Net, x: Value, name: str, out: int, kernel: int, stride: int, *, shifts: bool
) -> Value:
    with net.scope(name):
        if shifts:
            # Its weights are powers of two; ONNX can only say so by their values.
            x = net.conv(x, "shift", out, kernel, stride=stride, bn=True)
            stride = 1
        return net.batch_norm(_adder(net, x, out, kernel, stride))


def _adder(net: Net, x: Value, out: int, kernel: int, stride: int) -> Value:
    """Minus the L1 distance of every patch to every filter.

    ONNX has no such operator: patches are laid out by slices, then subtracted, made absolute
    and summed, which passes all differences through memory.
    """
    patches = _patches(net, x, kernel, stride)
    n, depth, *size = patches.shape
    places = prod(size)
    rows = net.reshape(patches, [n, 1, depth, places], "rows")
    weight = net.weight("adder.weight", [1, out, depth, 1])
    shape = (n, out, depth, places)
    far = net.emit("Sub", [rows, weight], "sub", shape)
    far = net.emit("Abs", [far], "abs", shape)
    axes = net.shape_constant([2])
    far = net.emit("ReduceSum", [far, axes], "distance", (n, out, places), keepdims=0)
    near = net.emit("Neg", [far], "neg", far.shape)
    return net.reshape(near, [n, out, *size], "image")


def _patches(net: Net, x: Value, kernel: int, stride: int) -> Value:
    """(N, C, H, W) to (N, k^2 C, H', W'): what each position of the window sees."""
    reach = kernel // 2
    n, channels, *space = x.shape
    size = [(s + 2 * reach - kernel) // stride + 1 for s in space]
    if reach:
        x = net.pad(x, [0, 0, reach, reach], [0, 0, reach, reach])
    if kernel == 1 and stride == 1:
        return x
    parts = []
    for place in range(kernel**2):
        start = list(divmod(place, kernel))
        stop = [first + stride * (s - 1) + 1 for first, s in zip(start, size, strict=True)]
        inputs = [net.shape_constant(v) for v in (start, stop, [2, 3], [stride, stride])]
        parts.append(net.emit("Slice", [x, *inputs], f"patch{place}", (n, channels, *size)))
    return net.concat(parts, "patches")
