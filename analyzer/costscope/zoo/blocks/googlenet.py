"""GoogLeNet's inception module, by its six widths.

Source: Szegedy et al. 2014, arXiv 1409.4842, Table 1.
"""

from __future__ import annotations

from collections.abc import Sequence

from costscope.zoo.blocks import block
from costscope.zoo.blocks.inception import Style, inception_branches
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net


@block("googlenet_module")
def googlenet_module(
    net: Net, x: Value, *, widths: Sequence[int], large: int = 5, bn: bool = False
) -> Value:
    """Branches of 1x1, 3x3, 5x5 and pooling.

    Args:
        net: the network.
        x: (N, C, H, W).
        widths: #1x1, #3x3 reduce, #3x3, #5x5 reduce, #5x5, pool proj, in the table's order.
        large: kernel of the third branch.
        bn: whether batch norms follow the convolutions.
    """
    one, reduce3, three, reduce5, five, pooled = widths
    branches = [
        f"1x1 {one}",
        f"1x1 {reduce3} > 3x3 {three}",
        f"1x1 {reduce5} > {large}x{large} {five}",
        f"max3 > 1x1 {pooled}",
    ]
    return net.concat(inception_branches(net, x, branches, Style(bn=bn)))
