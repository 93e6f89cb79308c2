"""ConvNeXt: a large depthwise convolution, layer norm and two fully connected layers.

Source: Liu et al. 2022, arXiv 2201.03545, Section 2.6 and Figure 4.
"""

from __future__ import annotations

from costscope.zoo.blocks import block
from costscope.zoo.blocks.transformer_encoder import layer_scale, two_layers
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net

_CHANNELS_LAST = [0, 2, 3, 1]
_CHANNELS_FIRST = [0, 3, 1, 2]


@block("convnext_stem")
def convnext_stem(net: Net, x: Value, *, out: int, patch: int = 4) -> Value:
    """Patches by a convolution, then layer norm over the channels."""
    return norm_of_channels(net, net.conv(x, "patches", out, patch, stride=patch, pad=0), "norm")


@block("convnext_downsample")
def convnext_downsample(net: Net, x: Value, *, out: int) -> Value:
    """Layer norm over the channels, then a 2x2 convolution of stride 2."""
    return net.conv(norm_of_channels(net, x, "norm"), "conv", out, 2, stride=2, pad=0)


@block("convnext")
def convnext(net: Net, x: Value, *, kernel: int = 7, expand: int = 4, act: str = "gelu") -> Value:
    """Depthwise convolution, then norm and fully connected layers with channels last.

    Args:
        net: the network.
        x: (N, C, H, W).
        kernel: of the depthwise convolution.
        expand: channels between the fully connected layers, in those of x.
        act: activation between them.
    """
    y = net.depthwise(x, "depthwise", kernel)
    y = net.layer_norm(net.transpose(y, _CHANNELS_LAST, "channels_last"), "norm")
    y = two_layers(net, y, x.channels * expand, act=act)
    y = net.transpose(y, _CHANNELS_FIRST, "channels_first")
    return net.add(x, layer_scale(net, y, "scale"))


@block("convnext_head")
def convnext_head(net: Net, x: Value, *, classes: int) -> Value:
    """Global average pooling, layer norm, fully connected layer."""
    pooled = net.flatten(net.global_pool(x))
    return net.fc(net.layer_norm(pooled, "norm"), "", classes)


def norm_of_channels(net: Net, x: Value, name: str) -> Value:
    """Layer norm over the channels at each position of an image."""
    with net.scope(name):
        y = net.layer_norm(net.transpose(x, _CHANNELS_LAST, "channels_last"), "layer")
        return net.transpose(y, _CHANNELS_FIRST, "channels_first")
