"""A number of channels that many convolutions share: where it stands, and with another one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from costscope.graph.types import Graph, Node
from costscope.kernels.types import Kernel
from costscope.whatif.convolution import Convolution, convolution, widened
from costscope.whatif.edit import replaced
from costscope.work import CONVOLUTIONS, KernelKind

_PRODUCTS = CONVOLUTIONS | {
    KernelKind.FULLY_CONNECTED,
    KernelKind.BATCHED_MATMUL,
    KernelKind.ATTENTION,
    KernelKind.RECURRENT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A convolution of a kernel.

    Attributes:
        kernel: that runs it.
        conv: its sizes.
        last: whether no other product reads what it makes: its output channels are what the
            network was asked for (classes, boxes), not a choice.
    """

    kernel: Kernel
    conv: Convolution
    last: bool

    @property
    def widths(self) -> tuple[int, ...]:
        """Numbers of channels that could be chosen."""
        return (self.conv.channels,) if self.last else (self.conv.channels, self.conv.filters)


def sites(kernels: Sequence[Kernel]) -> tuple[Site, ...]:
    """The convolutions among kernels, in order."""
    leads = _leading(kernels)
    found = ((kernel, convolution(kernel)) for kernel in kernels)
    return tuple(
        Site(
            kernel=kernel,
            conv=conv,
            last=not any(tensor.name in leads for tensor in kernel.writes),
        )
        for kernel, conv in found
        if conv is not None
    )


def _leading(kernels: Sequence[Kernel]) -> set[str]:
    """Names of the activations that some product reads in the end."""
    found: set[str] = set()
    for kernel in reversed(kernels):
        leads = any(tensor.name in found for tensor in kernel.writes)
        if leads or kernel.kind in _PRODUCTS or any(node.branches for node in kernel.nodes):
            found.update(tensor.name for tensor in kernel.reads)
            found -= _offsets(kernel)
    return found


def _offsets(kernel: Kernel) -> set[str]:
    """Names of what says where a deformable convolution looks: as many as its window asks for."""
    nodes = (node for node in kernel.nodes if node.op_type == "DeformConv")
    return {tensor.name for node in nodes for tensor in node.inputs[2:] if tensor is not None}


def rewidened(graph: Graph, places: Iterable[Site], widths: Mapping[int, int]) -> Graph:
    """The graph with other numbers of channels in some convolutions, depthwise ones too.

    Args:
        graph: whose convolutions these are.
        places: the convolutions.
        widths: the new number by the one there is; what is not named stays.
    """
    new: dict[str, tuple[Node, ...]] = {}
    for place in places:
        conv = place.conv
        channels = widths.get(conv.channels, conv.channels)
        filters = conv.filters if place.last else widths.get(conv.filters, conv.filters)
        groups = channels if conv.is_depthwise else conv.groups
        if channels % groups or filters % groups:
            continue
        alone = replace(graph, nodes=place.kernel.nodes)
        changed = widened(
            alone, place.kernel, conv, channels=channels, filters=filters, groups=groups
        )
        new |= {node.name: (node,) for node in changed.nodes}
    return replaced(graph, new)


def operators(places: Iterable[Site]) -> tuple[str, ...]:
    """Names of their operators."""
    nodes: list[Node] = [place.conv.node for place in places]
    return tuple(node.name for node in nodes)
