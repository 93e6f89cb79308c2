"""Kernels of the optimised graph to the original operators they stand for.

Three clues in turn: the names of the tensors that a kernel makes; its own name, behind what
the runtime has put around it; and where it stands between others in both graphs. Kernels
that only change how data lies have no original operator, and are marked so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from costscope.graph.types import Graph
from costscope.kernels.types import Kernel
from costscope.measure.origins.layout import REORDERS, is_layout
from costscope.measure.origins.match import Match
from costscope.measure.origins.original import Original


@dataclass(frozen=True, slots=True)
class Origin:
    """What a kernel was in the file.

    Attributes:
        nodes: names of the original operators, in the file's order; empty if there is none,
            or if it was not found. An operator that runs as several kernels is named by each.
        layout: whether it only changes how data lies, which no operator of the file does.
    """

    nodes: tuple[str, ...] = ()
    layout: bool = False


def origins(kernels: Sequence[Kernel], original: Graph | None) -> dict[str, Origin]:
    """The origin of each kernel, by its name.

    Args:
        kernels: of the graph that ran, one for each of its nodes, in order.
        original: the graph before the runtime optimised it; None if it is not known.
    """
    if original is None:
        return {each.name: Origin(layout=each.nodes[0].op_type in REORDERS) for each in kernels}
    known = Original(original)
    layout = {index for index, each in enumerate(kernels) if is_layout(each.nodes[0], known)}
    regions = Match([each.nodes[0] for each in kernels], layout, known).regions()
    return {
        each.name: Origin(known.in_order(region), index in layout)
        for index, (each, region) in enumerate(zip(kernels, regions, strict=True))
    }
