"""Reserve and merge: residual blocks that become plain convolutions on the device.

Source: Meng et al. 2021, arXiv 2111.00687, Section 3 (reserving, merging; RepVGG with reserved
channels).
"""

from __future__ import annotations

from costscope.zoo.blocks import block
from costscope.zoo.blocks.rep_vgg import rep_vgg_block
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net


@block("rm_residual")
def rm_residual(net: Net, x: Value, *, out: int, stride: int = 1) -> Value:
    """A residual block of two 3x3 convolutions; without its shortcut when deployed.

    Then the first convolution has the input's channels besides its own, which hand the input
    on, and the second one adds them, so that no tensor is kept for a later sum.
    """
    if net.deploy:
        y = net.conv(x, "first", out + x.channels, 3, stride=stride, bn=True, act="relu")
        return net.conv(y, "second", out, 3, bn=True, act="relu")
    y = net.conv(x, "first", out, 3, stride=stride, bn=True, act="relu")
    y = net.conv(y, "second", out, 3, bn=True)
    if stride > 1 or x.channels != out:
        x = net.conv(x, "shortcut", out, stride=stride, bn=True)
    return net.act(net.add(x, y), "relu")


@block("rm_rep_pair")
def rm_rep_pair(net: Net, x: Value, *, ratio: float = 0.0) -> Value:
    """Two RepVGG blocks, the first of which hands a part of the channels on in training.

    Args:
        net: the network.
        x: (N, C, H, W).
        ratio: of the channels that the first one leaves alone.
    """
    kept = int(x.channels * ratio)
    with net.scope("reserving"):
        if kept and not net.deploy:
            y = _reserving(net, x, kept)
        else:
            y = rep_vgg_block(net, x, out=x.channels)
    with net.scope("plain"):
        last: Value = rep_vgg_block(net, y, out=x.channels)
    return last


def _reserving(net: Net, x: Value, kept: int) -> Value:
    """A RepVGG block in training that computes all but the first `kept` channels."""
    out = x.channels - kept
    terms = [net.conv(x, "conv3x3", out, 3, bn=True), net.conv(x, "conv1x1", out, bn=True)]
    terms.append(net.batch_norm(net.cut(x, kept, x.channels, "rest"), "identity"))
    y = net.concat([net.cut(x, 0, kept, "reserved"), net.total(terms)])
    return net.act(y, "relu")
