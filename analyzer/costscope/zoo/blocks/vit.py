"""Patches of an image as a sequence, with a class token.

Source: Dosovitskiy et al. 2021, arXiv 2010.11929, Section 3.1.
"""

from __future__ import annotations

from costscope.zoo.blocks import block
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net


@block("vit_embedding")
def vit_embedding(net: Net, x: Value, *, patch: int, dim: int) -> Value:
    """Patches by a convolution, a learned class token in front, learned positions added."""
    patches = net.tokens(net.conv(x, "patches", dim, patch, stride=patch, pad=0))
    token: Value = Value(net.weight("class_token.weight", [1, 1, dim]), (1, 1, dim))
    if x.shape[0] > 1:
        batch = (x.shape[0], 1, dim)
        token = net.emit("Expand", [token, net.shape_constant(batch)], "class_tokens", batch)
    y = net.concat([token, patches], "join", axis=1)
    return net.shifted(y, (1, *y.shape[1:]), "position")


@block("vit_head")
def vit_head(net: Net, x: Value, *, classes: int) -> Value:
    """Layer norm, and a fully connected layer on the class token."""
    x = net.layer_norm(x, "norm")
    first = net.reshape(net.cut(x, 0, 1, "class_token", axis=1), [x.shape[0], x.shape[-1]])
    return net.fc(first, "", classes)
