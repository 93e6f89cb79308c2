"""Local response normalisation, as AlexNet and GoogLeNet have it.

Source: Krizhevsky et al. 2012, "ImageNet Classification with Deep Convolutional Neural
Networks", Section 3.3.
"""

from __future__ import annotations

from costscope.zoo.blocks import block
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net


@block("response_norm")
def response_norm(
    net: Net, x: Value, *, size: int = 5, alpha: float = 1e-4, beta: float = 0.75, bias: float = 1.0
) -> Value:
    """Each channel divided by the energy of its neighbours; nothing is learned."""
    return net.emit("LRN", [x], "", x.shape, size=size, alpha=alpha, beta=beta, bias=bias)
