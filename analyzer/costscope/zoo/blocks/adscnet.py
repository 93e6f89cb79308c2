"""ADSCNet: asymmetric depthwise separable units and densely joined dilated ones.

Source: Wang et al. 2020, Applied Intelligence 50, "ADSCNet: asymmetric depthwise separable
convolution for semantic segmentation in real-time", Section 3.
"""

from __future__ import annotations

from costscope.zoo.blocks import block
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net

_ACT = "relu6"


@block("adsc_unit")
def adsc_unit(net: Net, x: Value, *, stride: int = 1, dilation: int = 1) -> Value:
    """Depthwise 3x1, pointwise, depthwise 1x3, pointwise; added to x, or beside pooled x.

    Args:
        net: the network.
        x: (N, C, H, W).
        stride: of the first depthwise convolution; 2 doubles the channels.
        dilation: of both depthwise convolutions.
    """
    y = net.depthwise(
        x, "column", [3, 1], stride=stride, dilation=dilation, pad=[dilation, 0], bn=True, act=_ACT
    )
    y = net.conv(y, "pointwise1", x.channels, bias=False)
    y = net.depthwise(y, "row", [1, 3], dilation=dilation, pad=[0, dilation], bn=True, act=_ACT)
    y = net.conv(y, "pointwise2", x.channels, bias=False)
    if stride == 1:
        return net.add(x, y)
    return net.concat([y, net.avg_pool(x, "pool", 3, stride=stride, pad=1)])


@block("adsc_dense_dilated")
def adsc_dense_dilated(net: Net, x: Value, *, dilations: list[int]) -> Value:
    """Each branch pools and convolves, dilated, all that stands before it.

    Args:
        net: the network.
        x: (N, C, H, W).
        dilations: one for each branch; the pooling window has the same size.
    """
    found = [x]
    for index, dilation in enumerate(dilations):
        with net.scope(f"branch{index + 1}"):
            y = net.concat(found)
            if index:
                y = net.conv(y, "reduce", x.channels, bias=False)
            y = net.avg_pool(y, "pool", dilation, pad=dilation // 2)
            found.append(adsc_unit(net, y, dilation=dilation))
    return net.conv(net.concat(found), "reduce", x.channels, bias=False)


@block("adsc_up")
def adsc_up(net: Net, x: Value, *, out: int, act: str | None = _ACT) -> Value:
    """Transposed 3x3 convolution that doubles the size, batch norm, activation."""
    weight = net.weight("weight", [x.channels, out, 3, 3])
    shape = (x.shape[0], out, *[2 * size for size in x.spatial])
    y = net.emit(
        "ConvTranspose", [x, weight], "deconv", shape, kernel_shape=[3, 3], strides=[2, 2],
        pads=[1, 1, 1, 1], output_padding=[1, 1],
    )  # fmt: skip
    return net.act(net.batch_norm(y), act)


@block("adsc_add")
def adsc_add(net: Net, x: list[Value]) -> Value:
    """Sum of two stages."""
    return net.add(x[0], x[1], "")
