"""Kernels that a machine does not run, made such as it runs, or left out."""

from __future__ import annotations

from collections.abc import Sequence

from costscope.graph.types import Graph
from costscope.kernels.types import Kernel
from costscope.whatif.convolution import convolution, widened
from costscope.whatif.passing import handed_on
from costscope.work import KernelKind


def ungrouped(graph: Graph, kernels: Sequence[Kernel]) -> Graph | None:
    """The graph with grouped convolutions in one group; None where some are none."""
    if not _are_in(graph, kernels):
        return None
    for kernel in kernels:
        conv = convolution(kernel)
        if kernel.kind is not KernelKind.GROUPED_CONV or conv is None:
            return None
        graph = widened(graph, kernel, conv, channels=conv.channels, filters=conv.filters, groups=1)
    return graph


def without(graph: Graph, kernels: Sequence[Kernel]) -> Graph | None:
    """The graph without kernels that keep the shape; None where one does not."""
    if not _are_in(graph, kernels):
        return None
    results = {}
    for kernel in kernels:
        if len(kernel.reads) != 1 or len(kernel.writes) != 1:
            return None
        read, written = kernel.reads[0], kernel.writes[0]
        if read.shape is None or read.shape != written.shape or read.dtype != written.dtype:
            return None
        results[written.name] = read
    return handed_on(graph, results)


def _are_in(graph: Graph, kernels: Sequence[Kernel]) -> bool:
    """Whether all operators of kernels stand in the graph itself: not in a loop, not added."""
    names = {node.name for node in graph.nodes}
    return all(node.name in names for kernel in kernels for node in kernel.nodes)
