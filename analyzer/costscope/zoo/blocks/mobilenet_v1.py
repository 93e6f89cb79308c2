"""Depthwise separable convolution of MobileNetV1, with its published variations.

Source: Howard et al. 2017, arXiv 1704.04861, Section 3.1 and Table 4; Sheng et al. 2018, arXiv
1803.08607, Section 3 (the core that survives 8-bit quantization).
"""

from __future__ import annotations

from costscope.zoo.blocks import block
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net


@block("mobilenet_v1_separable")
def mobilenet_v1_separable(
    net: Net,
    x: Value,
    *,
    out: int,
    stride: int = 1,
    act: str = "relu6",
    pad: str | None = None,
    bias: bool = False,
    core: str = "separable",
) -> Value:
    """Depthwise 3x3 convolution, then a pointwise one.

    Args:
        net: the network.
        x: (N, C, H, W).
        out: output channels.
        stride: of the 3x3 convolution.
        act: activation behind each convolution.
        pad: of the 3x3 convolution; `same` as TensorFlow pads.
        bias: whether convolutions keep a bias in front of their batch norm.
        core: `separable`; `bare` without batch norm and activation in the middle; `full` one
            3x3 convolution over all channels.
    """
    if core == "full":
        return net.conv(x, "conv", out, 3, stride=stride, pad=pad, bias=bias, bn=True, act=act)
    normed = core == "separable"
    y = net.depthwise(
        x, "depthwise", 3, stride=stride, pad=pad, bias=bias,
        bn=normed, act=act if normed else None,
    )  # fmt: skip
    return net.conv(y, "pointwise", out, bias=bias, bn=True, act=act)
