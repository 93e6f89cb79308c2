"""Shift of channel groups in place of spatial convolution, between two pointwise convolutions.

Source: Wu et al. 2017, arXiv 1711.08141, Sections 3 and 4.1, Figure 3.
"""

from __future__ import annotations

from costscope.zoo.blocks import block
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net


@block("shift_csc")
def shift_csc(
    net: Net, x: Value, *, out: int, expand: float, kernel: int = 3, stride: int = 1
) -> Value:
    """Norm, pointwise, shift, norm, pointwise; x is added, or concatenated after pooling.

    Args:
        net: the network.
        x: (N, C, H, W).
        out: output channels; where they differ from x's they include the pooled input's.
        expand: channels between the convolutions, for each that the second one gives.
        kernel: size of the neighbourhood that channels are shifted in.
        stride: of the second convolution.
    """
    grows = stride > 1 or x.channels != out
    given = out - x.channels if grows else out
    y = net.act(net.batch_norm(x, "bn1"), "relu", "act1")
    y = net.conv(y, "expand", round(given * expand), bias=False)
    y = _shifted(net, y, kernel)
    y = net.act(net.batch_norm(y, "bn2"), "relu", "act2")
    y = net.conv(y, "project", given, stride=stride, bias=False)
    if not grows:
        return net.add(x, y)
    return net.concat([y, net.avg_pool(x, "pool", 3, stride=stride, pad=1)], "join")


def _shifted(net: Net, x: Value, kernel: int) -> Value:
    """Equal groups of channels, each moved in its own direction; zeros move in at the edge.

    Zeros are padded once around everything, then each group is cut out at its own place.
    """
    n, channels, height, width = x.shape
    reach = kernel // 2
    size = channels // kernel**2
    with net.scope("shift"):
        wide = net.pad(x, [0, 0, reach, reach], [0, 0, reach, reach])
        parts: list[Value] = []
        for direction in range(kernel**2):
            top, left = divmod(direction, kernel)
            # Channels that do not divide evenly stay in place, in the middle.
            middle = direction == kernel**2 // 2
            count = size + channels % kernel**2 if middle else size
            begin = sum(part.channels for part in parts)
            if count:
                corners = [begin, top, left], [begin + count, top + height, left + width]
                inputs = [net.shape_constant(sizes) for sizes in (*corners, [1, 2, 3])]
                name = f"move{top - reach}_{left - reach}"
                parts.append(net.emit("Slice", [wide, *inputs], name, (n, count, height, width)))
        return net.concat(parts)
