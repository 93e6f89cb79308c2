"""Dense blocks, whose layers read all that was made before them, and what lies between them.

Source: Huang et al. 2017, arXiv 1608.06993, Section 3 and Table 1.
"""

from __future__ import annotations

from costscope.zoo.blocks import block
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net


@block("dense_block")
def dense_block(net: Net, x: Value, *, layers: int, growth: int, bottleneck: bool = True) -> Value:
    """Layers that each add `growth` channels to what the next one reads.

    Args:
        net: the network.
        x: (N, C, H, W).
        layers: number of layers.
        growth: channels that a layer makes.
        bottleneck: a 1x1 convolution to four times `growth` channels before every 3x3 one.
    """
    made = [x]
    for index in range(layers):
        with net.scope(f"layer{index + 1}"):
            y = net.concat(made)
            y = net.act(net.batch_norm(y, "norm1"), "relu", "norm1.act")
            if bottleneck:
                y = net.conv(y, "conv1", 4 * growth, bn=True, act="relu")
            made.append(net.conv(y, "conv2", growth, 3, bias=False))
    return net.concat(made)


@block("dense_transition")
def dense_transition(net: Net, x: Value, *, keep: float = 0.5) -> Value:
    """Batch norm, ReLU, a 1x1 convolution to `keep` times the channels, 2x2 average pooling."""
    y = net.act(net.batch_norm(x, "norm"), "relu", "norm.act")
    y = net.conv(y, "conv", int(x.channels * keep), bias=False)
    return net.avg_pool(y, "pool", 2, stride=2)
