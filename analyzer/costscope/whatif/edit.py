"""Graphs with operators left out, replaced or reshaped; a graph itself never changes."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace

from costscope.graph.types import Graph, Node, Shape, Tensor
from costscope.whatif.inner import read_inside

Edit = Callable[[Tensor], Tensor]
_MOST_MAPS = 8  # of constants, one in front of the other


def bypassed(
    graph: Graph, names: Collection[str], *, slot: Mapping[str, int] | None = None
) -> Graph:
    """The graph without some operators: who reads their first output reads their input.

    One whose result a graph inside an operator reads stays; so does one whose other results
    are read, but only for these.

    Args:
        graph: to leave them out of.
        names: of the operators.
        slot: by operator, the input that is handed on; the first where it is not named.
    """
    handed: dict[str, Tensor] = {}
    kept = []
    fixed = read_inside(graph.nodes)
    for node in graph.nodes:
        renamed = reading(node, handed)
        goes = node.name in names and bool(node.outputs) and node.output.name not in fixed
        source = renamed.input((slot or {}).get(node.name, 0)) if goes else None
        if source is None or len(node.outputs) > 1:
            kept.append(renamed)
        if source is not None:
            handed[node.output.name] = source
    outputs = tuple(handed.get(tensor.name, tensor) for tensor in graph.outputs)
    return pruned(replace(graph, nodes=tuple(kept), outputs=outputs), graph)


def replaced(graph: Graph, nodes: Mapping[str, Iterable[Node]]) -> Graph:
    """The graph with others in the place of some operators, in their place in the order.

    New constants that the new nodes read (`constant`) become constants of the graph.
    """
    kept: list[Node] = []
    read: set[str] = set()
    for node in graph.nodes:
        if node.name not in nodes:
            kept.append(node)
            continue
        others = tuple(nodes[node.name])
        kept += others
        read |= _reads((node,)) - _reads(others)
    changed = _with_constants(replace(graph, nodes=tuple(kept)))
    return pruned(changed, graph) if read else changed


def _reads(nodes: Iterable[Node]) -> set[str]:
    """Names of the activations that operators read."""
    return {t.name for node in nodes for t in node.inputs if t is not None and not t.constant}


def retensored(graph: Graph, edit: Edit, names: Collection[str] | None = None) -> Graph:
    """The graph with tensors changed, in all operators or in those named.

    Others go on seeing the tensors as they were: what is changed is what these operators do.
    """
    nodes = tuple(
        _edited(node, edit) if names is None or node.name in names else node for node in graph.nodes
    )
    found = replace(graph, nodes=nodes)
    if names is None:
        found = replace(
            found,
            inputs=tuple(map(edit, graph.inputs)),
            outputs=tuple(map(edit, graph.outputs)),
            constants={name: edit(tensor) for name, tensor in graph.constants.items()},
        )
    return _with_constants(found)


def reshaped(shapes: Mapping[str, Shape]) -> Edit:
    """An edit: tensors of these names have other shapes; constants get a name of their own."""

    def edit(tensor: Tensor) -> Tensor:
        shape = shapes.get(tensor.name)
        if shape is None or shape == tensor.shape:
            return tensor
        changed = replace(tensor, shape=shape, value=None)
        if not tensor.constant:
            return changed
        name = f"{tensor.name} as {'x'.join(map(str, shape))}"
        return replace(changed, name=name, sources=(name,))

    return edit


def constant(name: str, shape: Shape, like: Tensor) -> Tensor:
    """A new constant of a shape, in the element type and storage of another one."""
    return replace(
        like, name=name, shape=shape, constant=True, sources=(name,), items=None, value=None
    )


def pruned(graph: Graph, before: Graph) -> Graph:
    """The graph without operators whose results nobody reads any more.

    What nobody read before stays: leaving it out is not what was asked.
    """
    alive, was = _alive(graph), _alive(before)
    names = {node.name for node in before.nodes}
    dead = names - was
    kept = tuple(node for node in graph.nodes if node.name in alive or node.name in dead)
    return replace(graph, nodes=kept)


def _alive(graph: Graph) -> set[str]:
    """Names of the operators whose results are read, by an output in the end."""
    wanted = {tensor.name for tensor in graph.outputs}
    found = set()
    for node in reversed(graph.nodes):
        if any(tensor.name in wanted for tensor in node.outputs):
            found.add(node.name)
            wanted.update(tensor.name for tensor in node.inputs if tensor is not None)
            wanted |= read_inside((node,))
    return found


def reading(node: Node, handed: Mapping[str, Tensor]) -> Node:
    """The operator reading other tensors in the place of those of these names."""
    if not any(tensor is not None and tensor.name in handed for tensor in node.inputs):
        return node
    inputs = tuple(tensor and handed.get(tensor.name, tensor) for tensor in node.inputs)
    return replace(node, inputs=inputs)


def _edited(node: Node, edit: Edit) -> Node:
    return replace(
        node,
        inputs=tuple(tensor and edit(tensor) for tensor in node.inputs),
        outputs=tuple(map(edit, node.outputs)),
    )


def _with_constants(graph: Graph) -> Graph:
    """The graph knowing the constants that new operators read."""
    new = {
        tensor.name: tensor
        for node in graph.nodes
        for tensor in node.inputs
        if tensor is not None
        and tensor.constant
        and tensor.sources == (tensor.name,)
        and tensor.name not in graph.constants
    }
    return replace(graph, constants=_joined(new, graph.constants)) if new else graph


def _joined(new: dict[str, Tensor], known: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
    """New constants beside those that are known; thousands are not copied for one more."""
    maps = (
        known.maps
        if isinstance(known, ChainMap)
        else [known if isinstance(known, dict) else dict(known)]
    )
    return ChainMap(new, *maps) if len(maps) < _MOST_MAPS else {**known, **new}
