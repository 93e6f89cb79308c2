"""FastViT: token mixing by one depthwise convolution in the deploy form, attention at the end.

Source: Vasu et al. 2023, arXiv 2303.14189, Sections 3.2 and 3.3, Figure 2; branches of the
training form also from Vasu et al. 2023, arXiv 2206.04040, Section 3.2.
"""

from __future__ import annotations

from costscope.zoo.blocks import block
from costscope.zoo.blocks.inverted_residual import squeeze_excite
from costscope.zoo.blocks.transformer_encoder import layer_scale, self_attention
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net

_SMALL = 3
_HEAD = 32


@block("fastvit_stem")
def fastvit_stem(net: Net, x: Value, *, out: int) -> Value:
    """3x3 convolution of stride 2, depthwise 3x3 of stride 2, 1x1; each with branches."""
    y = over_parameterised(net, x, "conv1", out, 3, stride=2)
    y = over_parameterised(net, y, "conv2", out, 3, stride=2, groups=out)
    return over_parameterised(net, y, "conv3", out, 1)


@block("fastvit_downsample")
def fastvit_downsample(net: Net, x: Value, *, out: int, kernel: int = 7) -> Value:
    """Large depthwise convolution of stride 2 with a 3x3 branch beside it, then a 1x1 one."""
    with net.scope("large"):
        y = net.conv(x, "conv", out, kernel, stride=2, groups=x.channels, bn=True)
        if not net.deploy:
            small = net.conv(x, "small", out, _SMALL, stride=2, groups=x.channels, bn=True)
            y = net.add(y, small)
    return over_parameterised(net, y, "pointwise", out, 1)


@block("fastvit_mixer")
def fastvit_mixer(net: Net, x: Value, *, expand: int) -> Value:
    """RepMixer, then the convolutional feed-forward network."""
    with net.scope("mixer"):
        x = _mixer(net, x)
    return _feed_forward(net, x, expand)


@block("fastvit_position")
def fastvit_position(net: Net, x: Value, *, kernel: int = 7) -> Value:
    """Conditional positional encoding: a depthwise convolution whose shortcut merges into it."""
    y = net.depthwise(x, "conv", kernel)
    return y if net.deploy else net.add(x, y)


@block("fastvit_attention")
def fastvit_attention(net: Net, x: Value, *, expand: int) -> Value:
    """Self-attention behind a batch norm, then the convolutional feed-forward network."""
    y = net.tokens(net.batch_norm(x, "norm"))
    with net.scope("attention"):
        y = self_attention(net, y, x.channels // _HEAD, bias=False)
    y = layer_scale(net, net.image(y, x.spatial), "attention_scale")
    return _feed_forward(net, net.add(x, y, "add_attention"), expand)


@block("fastvit_last")
def fastvit_last(net: Net, x: Value, *, expand: int = 2, reduction: int = 16) -> Value:
    """Grouped 3x3 convolution to more channels, squeeze and excitation, activation."""
    out = x.channels * expand
    y = over_parameterised(net, x, "conv", out, 3, groups=x.channels, act=None)
    return net.act(squeeze_excite(net, y, out // reduction), "gelu")


def over_parameterised(
    net: Net,
    x: Value,
    name: str,
    out: int,
    kernel: int,
    *,
    stride: int = 1,
    groups: int = 1,
    act: str | None = "gelu",
) -> Value:
    """One convolution in the deploy form; with a 1x1 branch and a batch norm beside it before.

    Args:
        net: the network.
        x: (N, C, H, W).
        name: of the convolution.
        out: output channels.
        kernel: of the convolution; a 1x1 one has no 1x1 branch.
        stride: likewise.
        groups: likewise.
        act: activation behind the sum.
    """
    with net.scope(name):
        branches = [net.conv(x, "conv", out, kernel, stride=stride, groups=groups, bn=True)]
        if not net.deploy and kernel > 1:
            branches.append(net.conv(x, "small", out, stride=stride, groups=groups, bn=True))
        if not net.deploy and stride == 1 and x.channels == out:
            branches.append(net.batch_norm(x, "identity"))
        return net.act(net.total(branches), act)


def _mixer(net: Net, x: Value) -> Value:
    """X + scale * (convolution - norm), which is one depthwise convolution in the deploy form."""
    if net.deploy:
        return net.depthwise(x, "conv")
    mixed = over_parameterised(net, x, "branches", x.channels, 3, groups=x.channels, act=None)
    rest = net.binary("Sub", mixed, net.batch_norm(x, "norm"), "difference")
    return net.add(x, layer_scale(net, rest, "scale"), "shortcut")


def _feed_forward(net: Net, x: Value, expand: int) -> Value:
    with net.scope("mlp"):
        y = net.depthwise(x, "depthwise", 7, bn=True)
        y = net.conv(y, "expand", x.channels * expand, act="gelu")
        y = layer_scale(net, net.conv(y, "project", x.channels), "scale")
        return net.add(x, y)
