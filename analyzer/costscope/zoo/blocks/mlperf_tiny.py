"""Units of the MLPerf Tiny reference networks, whose convolutions have both bias and batch norm.

Source: Banbury et al. 2021, arXiv 2106.07597, Section 4, and the benchmark's reference models.
"""

from __future__ import annotations

from costscope.zoo.blocks import block
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net


@block("tiny_residual")
def tiny_residual(net: Net, x: Value, *, out: int, stride: int = 1) -> Value:
    """Two 3x3 convolutions; the shortcut is a convolution without batch norm where it strides."""
    kept = x
    y = net.conv(x, "conv1", out, 3, stride=stride, bias=True, bn=True, act="relu")
    y = net.conv(y, "conv2", out, 3, bias=True, bn=True)
    if stride > 1 or x.channels != out:
        kept = net.conv(x, "shortcut", out, stride=stride, bias=True)
    return net.act(net.add(kept, y), "relu")


@block("tiny_separable")
def tiny_separable(
    net: Net,
    x: Value,
    *,
    out: int,
    kernel: int | list[int] = 3,
    stride: int | list[int] = 1,
    pad: int | str | None = "same",
    bias: bool = True,
    norm_between: bool = True,
) -> Value:
    """Depthwise, then pointwise convolution, both normalized and rectified.

    Args:
        net: the network.
        x: (N, C, *S).
        out: output channels.
        kernel: of the depthwise convolution.
        stride: likewise.
        pad: likewise.
        bias: whether both have biases beside their batch norms.
        norm_between: whether the depthwise one is normalized and rectified.
    """
    act = "relu" if norm_between else None
    y = net.depthwise(
        x, "depthwise", kernel, stride=stride, pad=pad, bias=bias, bn=norm_between, act=act
    )
    return net.conv(y, "pointwise", out, bias=bias, bn=True, act="relu")


@block("tiny_dense")
def tiny_dense(net: Net, x: Value, *, out: int) -> Value:
    """Fully connected layer, batch norm (folded in the deploy form), ReLU."""
    y = net.fc(x, "fc", out)
    if not net.deploy:
        y = net.batch_norm(y, "fc.bn")
    return net.act(y, "relu", "fc.act")
