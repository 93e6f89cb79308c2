"""Learned group convolution and dense layers of CondenseNet, as they run after training.

Source: Huang et al. 2018, arXiv 1711.09224, Sections 3 and 4.1, Figures 1 and 2.
"""

from __future__ import annotations

from costscope.zoo.blocks import block
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net


@block("condense_dense_block")
def condense_dense_block(
    net: Net,
    x: Value,
    *,
    layers: int,
    growth: int,
    groups: int,
    condense: int,
    bottleneck: int = 4,
) -> Value:
    """Layers that each add `growth` channels to all before them.

    Args:
        net: the network.
        x: (N, C, H, W).
        layers: their number.
        growth: channels that each adds.
        groups: of all convolutions.
        condense: the learned convolution keeps one input channel in so many a group.
        bottleneck: channels between the two convolutions, for each of `growth`.
    """
    for index in range(layers):
        with net.scope(f"layer{index + 1}"):
            y = _learned(net, x, growth * bottleneck, groups, condense)
            y = net.act(net.batch_norm(y, "conv.norm"), "relu", "conv.act")
            y = net.conv(y, "conv", growth, 3, groups=groups, bias=False)
            x = net.concat([x, y])
    return x


@block("condense_classifier")
def condense_classifier(net: Net, x: Value, *, classes: int, keep: float = 0.5) -> Value:
    """Mean over all positions, then a fully connected layer on the features worth keeping."""
    x = net.act(net.batch_norm(x, "norm"), "relu")
    x = net.flatten(net.global_pool(x))
    kept = round(x.channels * keep)
    step = max(1, x.channels // kept)
    chosen = _select(net, x, [i * step % x.channels for i in range(kept)])
    return net.fc(chosen, "", classes)


def _learned(net: Net, x: Value, out: int, groups: int, condense: int) -> Value:
    """Channels picked for each group, normalised, convolved group by group, shuffled."""
    kept = x.channels // condense
    # Which channels stay is learned; each group takes others here, as training mostly decides.
    chosen = [g % condense + condense * i for g in range(groups) for i in range(kept)]
    y = _select(net, x, chosen)
    y = net.act(net.batch_norm(y, "learned.norm"), "relu", "learned.act")
    y = net.conv(y, "learned", out, groups=groups, bias=False)
    return net.shuffle(y, groups)


def _select(net: Net, x: Value, channels: list[int]) -> Value:
    index = net.constant(channels, [len(channels)], "int64")
    shape = (x.shape[0], len(channels), *x.shape[2:])
    return net.emit("Gather", [x, index], "select", shape, axis=1)
