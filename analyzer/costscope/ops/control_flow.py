"""Operators that hold graphs: their cost is that of the graphs inside them."""

from __future__ import annotations

from costscope.graph.types import Node
from costscope.ops import no_work, op
from costscope.work import KernelKind, Work


@op("If", "Loop", "Scan", "SequenceMap", kind=KernelKind.CONTROL_FLOW)
def control_flow(node: Node) -> Work:
    """Nothing of its own: the nodes inside are costed one by one.

    Source:
        ONNX operators If 1 to 25, Loop 1 to 25, Scan 8 to 25, SequenceMap 17.
    """
    return no_work(node)


@op("Constant", kind=KernelKind.VIEW)
def constant(node: Node) -> Work:
    """Nothing: it is read where it is used, as an initializer is.

    Source:
        ONNX operator Constant, versions 1 to 25.
    """
    return no_work(node)
