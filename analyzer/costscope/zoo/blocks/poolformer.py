"""Transformer blocks that mix positions by average pooling.

Source: Yu et al. 2022, arXiv 2111.11418, Section 3 and Table 1.
"""

from __future__ import annotations

from costscope.zoo.blocks import block
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net


@block("poolformer_block")
def poolformer_block(
    net: Net, x: Value, *, ratio: int = 4, pool: int = 3, act: str = "gelu"
) -> Value:
    """Pooling minus identity, then two 1x1 convolutions; each scaled a channel and added.

    Args:
        net: the network.
        x: (N, C, H, W).
        ratio: by which the middle of the second half is wider.
        pool: window of the average pooling.
        act: activation between the two convolutions.
    """
    y = _norm(net, x, "norm1")
    pooled = net.avg_pool(y, "mixer.pool", pool, pad=pool // 2, count_pad=False)
    mixed = net.binary("Sub", pooled, y, "mixer.sub")
    x = net.add(x, net.scaled(mixed, "scale1"), "add1")
    y = net.conv(_norm(net, x, "norm2"), "expand", x.channels * ratio, act=act)
    y = net.conv(y, "project", x.channels)
    return net.add(x, net.scaled(y, "scale2"), "add2")


@block("poolformer_classifier")
def poolformer_classifier(net: Net, x: Value, *, classes: int) -> Value:
    """Mean over all positions, layer norm, fully connected layer."""
    y = net.layer_norm(net.flatten(net.global_pool(x)))
    return net.fc(y, "", classes)


def _norm(net: Net, x: Value, name: str) -> Value:
    """Group norm of one group: normalized over the whole image, then scaled a channel."""
    inputs: list[Value | str | None] = [
        x,
        net.weight(f"{name}.scale", [x.channels], like="scale"),
        net.weight(f"{name}.bias", [x.channels], like="bias"),
    ]
    return net.emit("GroupNormalization", inputs, name, x.shape, num_groups=1, epsilon=1e-5)
