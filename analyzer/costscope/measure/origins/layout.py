"""Kernels that only change how data lies: blocked, transposed, in another shape or type."""

from __future__ import annotations

from costscope.graph.types import Node
from costscope.measure.origins.original import Original
from costscope.ops import kind_of
from costscope.work import KernelKind

REORDERS = frozenset({"ReorderInput", "ReorderOutput"})
# What the runtime adds on its own; what the file has itself is told by its names.
_ADDED = frozenset(
    {
        "Cast",
        "DequantizeLinear",
        "Flatten",
        "Identity",
        "QuantizeLinear",
        "Reshape",
        "Squeeze",
        "Transpose",
        "Unsqueeze",
    }
)
_MOVING = frozenset(
    {KernelKind.VIEW, KernelKind.MOVEMENT, KernelKind.GATHER, KernelKind.QUANTIZATION}
)


def is_layout(node: Node, original: Original) -> bool:
    """Whether a node of the optimised graph is the runtime's own rearrangement of data."""
    if node.op_type in REORDERS:
        return True
    if node.op_type not in _ADDED or node.name in original.nodes:
        return False
    for tensor in node.outputs:
        name = original.tensor(tensor.name)
        maker = None if name is None else original.maker.get(name)
        if maker is not None and name == tensor.name:
            # It hands on another kernel's result under its name, unless a like one made it.
            made = original.nodes[maker]
            return made.op_type not in _ADDED and kind_of(made) not in _MOVING
    return True
