"""Sums of parallel branches that are one convolution: every branch is linear in one tensor.

A branch is a convolution with a batch norm or constant scalings behind it, such a scaling
alone, or the tensor itself. Their sum is a convolution whose filters are the sum of theirs,
each put into the larger window (RepVGG, arXiv 2101.03697, Section 3.3).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from costscope.graph.types import Graph, Node, Tensor
from costscope.whatif.case import Case
from costscope.whatif.edit import constant, replaced
from costscope.whatif.inner import read_inside
from costscope.whatif.linear import affine_data, is_linear
from costscope.whatif.windows import Window, macs, union

_SUMS = ("Add", "Sum", "Sub")
_SPATIAL_RANKS = (3, 4, 5)
_LEAST_BRANCHES = 2
_MOST_NODES = 100  # of one sum: a hostile chain of additions may have a million


@dataclass(frozen=True, slots=True, kw_only=True)
class Branches:
    """What a tensor is: the sum of linear branches of one other tensor.

    Attributes:
        source: the tensor that all branches read.
        convs: the convolutions of those that have one, the heaviest first.
        count: of the branches.
        nodes: the operators between; the last one makes the tensor.
        sums: names of the operators among them that add branches, the last one last.
    """

    source: Tensor
    convs: tuple[Node, ...] = ()
    count: int = 1
    nodes: tuple[Node, ...] = ()
    sums: tuple[str, ...] = ()

    @property
    def window(self) -> Window | None:
        """The window of the one convolution; None where there is none, or it does more."""
        if not self.sums or not self.convs or self.nodes[-1].name != self.sums[-1]:
            return None
        return union(self.convs, bare=self.count > len(self.convs))


def mergeable(case: Case) -> tuple[Branches, ...]:
    """The largest sums of at least two branches that one convolution does with no more MACs."""
    if not any(node.op_type in _SUMS for node in case.graph.nodes):
        return ()
    found: list[Branches] = []
    parts: set[str] = set()
    for each in reversed(_all_branches(case).values()):
        if each.window is not None and each.sums[-1] not in parts:
            found.append(each)
            parts.update(each.sums)
    return tuple(reversed(found))


def merged(graph: Graph, found: Sequence[Branches]) -> Graph:
    """The graph with one convolution in the place of each sum of branches."""
    return replaced(graph, {each.nodes[-1].name: _one(each) for each in found})


def _one(found: Branches) -> tuple[Node, ...]:
    """The convolution in place of a sum; the sum where none does it."""
    main, root, window = found.convs[0], found.nodes[-1], found.window
    weight = main.input(1)
    if window is None or weight is None:
        return (root,)
    filters = weight.dims[0]
    shape = (filters, found.source.dims[1] // window.groups, *window.sizes)
    inputs = (
        found.source,
        constant(f"{root.name} weight", shape, weight),
        constant(f"{root.name} bias", (filters,), replace(weight, storage=None)),
    )
    attributes = {**main.attributes, **window.attributes}
    node = replace(
        main, name=root.name, inputs=inputs, outputs=(root.output,), attributes=attributes
    )
    return (node,)


def _all_branches(case: Case) -> dict[str, Branches]:
    """What each tensor is that is linear in another one, by name."""
    inside = read_inside(case.graph.nodes)
    known: dict[str, Branches] = {}
    for node in case.graph.nodes:
        if node.problem is None and len(node.outputs) == 1 and node.output.name not in inside:
            found = _of(case, node, known)
            if found is not None and len(found.nodes) <= _MOST_NODES:
                known[node.output.name] = found
    return known


def _of(case: Case, node: Node, known: Mapping[str, Branches]) -> Branches | None:
    if node.op_type == "Conv":
        data = node.input(0)
        usable = data is not None and is_linear(node) and _is_plain(node)
        return Branches(source=data, convs=(node,), nodes=(node,)) if data and usable else None
    data = affine_data(node, 1)
    if data is not None and data.rank in _SPATIAL_RANKS:
        through = known.get(data.name) if case.only_reader(data) is node else None
        through = through or Branches(source=data)
        return replace(through, nodes=(*through.nodes, node))
    return _sum(case, node, known) if node.op_type in _SUMS and not node.domain else None


def _is_plain(conv: Node) -> bool:
    """Whether a convolution says its pads in numbers, for all axes, and all has one rank."""
    axes = len(conv.output.shape or ()) - 2
    told = (("pads", 2 * axes), ("strides", axes), ("dilations", axes))
    if any(len(conv.attributes.get(name) or range(count)) != count for name, count in told):
        return False
    ranks = {len(t.shape or ()) for t in (*conv.inputs[:2], conv.output) if t is not None}
    auto = str(conv.attributes.get("auto_pad", "NOTSET"))
    return auto in ("NOTSET", "VALID") and len(ranks) == 1 and ranks.issubset(_SPATIAL_RANKS)


def _sum(case: Case, node: Node, known: Mapping[str, Branches]) -> Branches | None:
    """A sum of branches of one tensor; the tensor itself may be among them."""
    tensors = [tensor for tensor in node.inputs if tensor is not None]
    shape = node.output.shape
    same = shape is not None and all(t.shape == shape and not t.constant for t in tensors)
    if not same or not _LEAST_BRANCHES <= len(tensors) <= _MOST_NODES:
        return None
    own = {
        tensor.name: known[tensor.name]
        for tensor in tensors
        if tensor.name in known and case.only_reader(tensor) is node
    }
    for name in dict.fromkeys(each.source.name for each in own.values()):
        terms = [_term(tensor, name, own) for tensor in tensors]
        found = [term for term in terms if term is not None]
        if len(found) == len(tensors):
            return _joined(node, found)
    return None


def _term(tensor: Tensor, source: str, own: Mapping[str, Branches]) -> Branches | None:
    """An operand as branches of a source: those known of it, or the source itself."""
    if tensor.name == source:
        return Branches(source=tensor)
    found = own.get(tensor.name)
    return found if found is not None and found.source.name == source else None


def _joined(node: Node, terms: Sequence[Branches]) -> Branches:
    convs = sorted((conv for term in terms for conv in term.convs), key=macs, reverse=True)
    return Branches(
        source=terms[0].source,
        convs=tuple(convs),
        count=sum(term.count for term in terms),
        nodes=(*(each for term in terms for each in term.nodes), node),
        sums=(*(name for term in terms for name in term.sums), node.name),
    )
