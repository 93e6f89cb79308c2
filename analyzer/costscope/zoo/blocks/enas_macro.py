"""Layers of a network whose every layer may take any earlier one beside the last.

Source: Pham et al. 2018, arXiv 1802.03268, Section 2.3, and the authors' published code.
"""

from __future__ import annotations

from costscope.errors import ArchitectureError
from costscope.zoo.blocks import block
from costscope.zoo.blocks.nas_operation import factorized_reduction, project, rules_named
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net

_DEPTHWISE = "separable"


@block("enas_layers")
def enas_layers(
    net: Net,
    x: Value | tuple[Value, ...],
    *,
    filters: int,
    layers: list[list[int]],
    kind: str = "plain",
) -> tuple[Value, ...]:
    """Layers in a row; hands on the outputs of all of them and of all before.

    Args:
        net: the network.
        x: outputs so far, the stem's first.
        filters: channels of every layer.
        layers: of each, its kernel (negative for a depthwise separable convolution), then the
            indices of the outputs that are joined to its own.
        kind: `plain` makes separable convolutions whole ones, `separable` leaves them.

    Raises:
        ArchitectureError: a layer joins an output that is not there yet.
    """
    seen = [x] if isinstance(x, Value) else list(x)
    for number, (kernel, *joined) in enumerate(layers, start=len(seen)):
        if any(not 0 <= index < len(seen) for index in joined):
            raise ArchitectureError(f"layer {number}: one of the outputs {joined} is not there")
        with net.scope(f"layer{number}"):
            y = _layer(net, seen[-1], filters, kernel, kind)
            if len(seen) > 1:
                y = net.concat([*(seen[index] for index in joined), y])
                y = project(net, y, "join", filters)
            seen.append(y)
    return tuple(seen)


@block("enas_pool")
def enas_pool(net: Net, x: tuple[Value, ...], *, filters: int) -> tuple[Value, ...]:
    """Every output so far at half the size."""
    rule = rules_named("enas")
    return tuple(
        factorized_reduction(net, value, f"output{index}", filters, rule)
        for index, value in enumerate(x)
    )


def _layer(net: Net, x: Value, filters: int, kernel: int, kind: str) -> Value:
    y = project(net, x, "reduce", filters)
    y = net.act(y, "relu", "relu")
    if kernel > 0 or kind != _DEPTHWISE:
        return net.conv(y, "conv", filters, abs(kernel), bn=True)
    y = net.depthwise(y, "depthwise", -kernel, bias=False)
    return net.conv(y, "pointwise", filters, bn=True)
