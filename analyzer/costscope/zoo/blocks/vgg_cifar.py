"""VGG for 32-pixel images, plain or with ghost modules.

Source: Simonyan and Zisserman 2015, arXiv 1409.1556, Table 1 (configuration D); Han et al.
2020, arXiv 1911.11907, Section 4.1 and Table 5 (ghost modules in place of its convolutions).
"""

from __future__ import annotations

from costscope.zoo.blocks import block
from costscope.zoo.blocks.ghostnet import ghost_module
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net


@block("vgg_ghost_stage")
def vgg_ghost_stage(
    net: Net, x: Value, *, out: int, depth: int, ratio: int = 1, cheap: int = 3
) -> Value:
    """3x3 convolutions of one resolution, then max pooling by 2; a ratio above 1 ghosts them."""
    for index in range(depth):
        with net.scope(f"block{index + 1}"):
            x = ghost_module(net, x, out=out, kernel=3, ratio=ratio, cheap=cheap)
    return net.max_pool(x, "pool", 2, stride=2)
