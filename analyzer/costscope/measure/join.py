"""Events of a profile to kernels of the graph that ran: one kernel a node.

onnxruntime runs the nodes of a graph in the order in which it saves them. So the events of
one pass over a graph and its nodes are the same sequence: they are joined by their places,
which holds for nodes without a name too, and by names and operators where a profile and a
graph do not agree.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from costscope.dtypes import FLOAT32
from costscope.graph.types import Graph, Node, Tensor
from costscope.kernels.cell import Cell
from costscope.kernels.traffic import kernel_of
from costscope.kernels.types import Kernel
from costscope.measure.events import Event, RunEvents
from costscope.measure.shaped import shapes_of, with_shapes
from costscope.measure.source import named
from costscope.ops import MICROSOFT, STANDARD
from costscope.shapes import Bindings, resolve
from costscope.shapes.order import WITH_GRAPHS


@dataclass(frozen=True, slots=True)
class Joined:
    """A profile with the kernel of every event.

    Attributes:
        graph: the graph that ran.
        kernels: one for each node that ran, in the order in which they ended; each with how
            often it ran.
        samples_s: by kernel, its time in each run, all its runs in it together.
        unmatched_s: the same by the name of an event that has no node in the graph.
        unmatched_ops: their operators.
        idle: nodes of the main graph that have no event.
    """

    graph: Graph
    kernels: tuple[Kernel, ...]
    samples_s: Mapping[str, tuple[float, ...]]
    unmatched_s: Mapping[str, tuple[float, ...]]
    unmatched_ops: Mapping[str, str]
    idle: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Place:
    """A node of the saved graph.

    Attributes:
        name: as it was saved; "" where a profile calls it by its operator and number.
        op_type: its operator.
        path: its name in the resolved graph, where those it stands in are in front.
        bodies: the graphs inside it.
    """

    name: str
    op_type: str
    path: str
    bodies: tuple[tuple[_Place, ...], ...] = ()


def join(
    saved: Any, runs: Sequence[RunEvents], *, name: str, bindings: Bindings | None = None
) -> Joined:
    """The kernels behind the events of a profile.

    Args:
        saved: ModelProto of the graph that was profiled, as onnxruntime saved it; nodes
            without a name are given one.
        runs: its profile; the first ones, which warm up, left out.
        name: what to call the model.
        bindings: sizes for open dimensions.

    Raises:
        ModelError: the graph is not valid.
        ShapeError: a dimension is open.
    """
    given = type(saved)()
    given.CopyFrom(saved)
    named(saved)
    places = _places(given.graph, saved.graph, "")
    graph = resolve(saved, bindings, name=name)
    found: dict[str, Event] = {}
    lost: dict[str, Event] = {}
    times: defaultdict[str, list[float]] = defaultdict(lambda: [0.0] * len(runs))
    counts: Counter[str] = Counter()
    for index, run in enumerate(runs):
        for event, path in zip(run.events, _paths(run.events, places), strict=True):
            key = event.name if path is None else path
            (lost if path is None else found)[key] = event
            times[key][index] += event.seconds
            counts[key] += 1
    return Joined(
        graph=graph,
        kernels=_kernels(graph, found, {path: counts[path] / len(runs) for path in found}),
        samples_s={path: tuple(times[path]) for path in found},
        unmatched_s={name: tuple(times[name]) for name in lost},
        unmatched_ops={name: event.op_type for name, event in lost.items()},
        idle=tuple(place.path for place in places if place.path not in found),
    )


def _places(given: Any, graph: Any, prefix: str) -> tuple[_Place, ...]:
    """The nodes of a GraphProto and of those inside it, in order.

    Args:
        given: as it was saved.
        graph: the same with a name for every node.
        prefix: of their paths.
    """
    places = []
    for old, node in zip(given.node, graph.node, strict=True):
        path = prefix + node.name
        bodies = []
        for before, after in zip(old.attribute, node.attribute, strict=True):
            if after.HasField("g") and node.op_type in WITH_GRAPHS:
                step = "" if after.name == "body" else f"{after.name}/"
                bodies.append(_places(before.g, after.g, f"{path}/{step}"))
        places.append(_Place(old.name, node.op_type, path, tuple(bodies)))
    return tuple(places)


def _paths(events: Sequence[Event], places: tuple[_Place, ...]) -> list[str | None]:
    """The path of each event's node, None where there is no such node."""
    passes: defaultdict[int | None, dict[int, list[int]]] = defaultdict(dict)
    for index, event in enumerate(events):
        passes[event.outer].setdefault(event.turn, []).append(index)
    paths: list[str | None] = [None] * len(events)

    def assign(indices: Sequence[int], nodes: tuple[_Place, ...]) -> None:
        matched = _matched([events[index] for index in indices], nodes)
        for index, place in zip(indices, matched, strict=True):
            if place is None:
                continue
            paths[index] = place.path
            for inside in passes.get(index, {}).values():
                body = _body([events[each] for each in inside], place.bodies)
                assign(inside, body)

    for main in passes.get(None, {}).values():
        assign(main, places)
    return paths


def _body(events: Sequence[Event], bodies: Sequence[tuple[_Place, ...]]) -> tuple[_Place, ...]:
    """The graph inside a node that these events are of: that which fits best."""
    return max(bodies, key=lambda body: _agreement(events, body), default=())


def _agreement(events: Sequence[Event], places: Sequence[_Place]) -> tuple[int, int]:
    """How well events fit nodes: how many are joined, and how many by name."""
    pairs = zip(events, _matched(events, places), strict=True)
    joined = [(event, place) for event, place in pairs if place is not None]
    return len(joined), sum(event.name == place.name for event, place in joined)


def _matched(events: Sequence[Event], places: Sequence[_Place]) -> list[_Place | None]:
    """The node of each event of one pass over a graph."""
    names = {place.name: place for place in places if place.name}
    if [event.op_type for event in events] == [place.op_type for place in places] and all(
        event.name == place.name or event.name not in names
        for event, place in zip(events, places, strict=True)
    ):
        return list(places)
    matched = [_taken(names, event) for event in events]
    called = {place.path for place in matched if place is not None}
    left: defaultdict[str, deque[_Place]] = defaultdict(deque)
    for place in places:
        if place.path not in called:
            left[place.op_type].append(place)
    for index, event in enumerate(events):
        if matched[index] is None and left[event.op_type]:
            matched[index] = left[event.op_type].popleft()
    return matched


def _taken(names: dict[str, _Place], event: Event) -> _Place | None:
    """Take the node that an event is called by, if its operator is the event's."""
    place = names.get(event.name)
    if place is None or place.op_type != event.op_type:
        return None
    return names.pop(event.name)


def _kernels(
    graph: Graph, found: Mapping[str, Event], counts: Mapping[str, float]
) -> tuple[Kernel, ...]:
    nodes = {node.name: node for node in _nodes(graph)}
    ran = {
        path: replace(
            nodes.get(path) or _unknown(path, event), branches=(), repeats=round(counts[path])
        )
        for path, event in found.items()
    }
    shapes = shapes_of((node, found[path].shapes) for path, node in ran.items())
    return tuple(
        _kernel(with_shapes(node, shapes), place) for place, node in enumerate(ran.values())
    )


def _nodes(graph: Graph) -> Iterator[Node]:
    """The nodes of a graph, of those inside it, and those that were folded away."""
    yield from graph.aside
    for node in graph.nodes:
        yield node
        for branch in node.branches:
            yield from _nodes(branch.graph)


def _unknown(path: str, event: Event) -> Node:
    """A node that the resolved graph does without: a Constant, an If whose branch is known."""
    outputs = tuple(
        Tensor(f"{path}:{slot}", shape, FLOAT32) for slot, shape in enumerate(event.shapes)
    )
    return Node(path, event.op_type, "", 1, (), outputs)


def _kernel(node: Node, place: int) -> Kernel:
    own = node.domain in (STANDARD, MICROSOFT)
    op = node.op_type if own else f"{node.domain}::{node.op_type}"
    return kernel_of(Cell(op, (node,), node.inputs, node.outputs, node.attributes, place))
