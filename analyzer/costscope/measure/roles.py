"""How a network uses each of its inputs: followed to the operators that limit its values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import inf

from costscope.graph.types import Graph, Node, Tensor
from costscope.measure.limits import Limit, limits_of

# Results that hold the values of their first input, or some of them, or smaller ones.
_CARRIERS = frozenset(
    (
        *("Cast", "CastLike", "Identity", "Dropout", "Reshape", "Flatten", "Squeeze"),
        *("Unsqueeze", "Transpose", "Expand", "Tile", "Slice", "Split", "Pad", "Abs", "Relu"),
        *("Clip", "Mod", "Gather", "GatherElements", "GatherND", "ReduceMax", "ReduceMin"),
        *("DepthToSpace", "SpaceToDepth", "Floor", "Ceil", "Round", "TopK", "Compress"),
    )
)
_MIXERS = frozenset(("Concat", "Min", "Max"))  # ... of any of their inputs
_STEPS = 20_000  # far more than real networks take; a bound for hostile ones


@dataclass(frozen=True, slots=True)
class Role:
    """What a network asks of an input's values.

    Attributes:
        low: smallest valid value; minus infinity where nothing limits it.
        high: largest valid value.
        switches: whether it is turned into floats or truth values, as masks are.
    """

    low: float = -inf
    high: float = inf
    switches: bool = False

    @property
    def limited(self) -> bool:
        """Whether there is a largest valid value."""
        return self.high < inf

    def clamp(self, value: float) -> float:
        """The valid value that is nearest."""
        return max(self.low, min(value, self.high))


@dataclass(frozen=True, slots=True)
class _Route:
    """A tensor on the way, whose values lie between `factor * x` plus the two offsets."""

    name: str
    factor: float = 1.0
    low: float = 0.0
    high: float = 0.0

    def back(self, limit: Limit) -> Limit:
        """The limit of x that keeps this tensor within one."""
        return Limit((limit.low - self.low) / self.factor, (limit.high - self.high) / self.factor)


Readers = Mapping[str, list[tuple[Node, int]]]


def readers_of(graph: Graph) -> Readers:
    """Who reads a tensor, by its name: nodes with the slot, inner graphs included."""
    found: defaultdict[str, list[tuple[Node, int]]] = defaultdict(list)
    waiting = [graph]
    while waiting:
        for node in waiting.pop().nodes:
            for slot, tensor in enumerate(node.inputs):
                if tensor is not None:
                    found[tensor.name].append((node, slot))
            waiting += [branch.graph for branch in node.branches]
    return dict(found)


def role_of(tensor: Tensor, readers: Readers) -> Role:
    """What the operators that an input's values reach ask of them.

    The values are followed through views, casts, cuts and sums with known numbers. Where
    two operators ask for what cannot be had together, the first one is served.
    """
    limit, switches = Limit(-inf, inf), False
    start = _Route(tensor.name)
    waiting, seen = [start], {start}
    while waiting and len(seen) < _STEPS:
        route = waiting.pop(0)
        for node, slot in readers.get(route.name, ()):
            asked = limits_of(node).get(slot)
            if asked is not None:
                limit = _both(limit, route.back(asked))
            switches |= node.op_type == "Cast" and _is_switch(node)
            for after in _onward(node, slot, route):
                if after not in seen:
                    seen.add(after)
                    waiting.append(after)
    return Role(limit.low, limit.high, switches)


def _both(first: Limit, second: Limit) -> Limit:
    met = Limit(max(first.low, second.low), min(first.high, second.high))
    return met if met.low <= met.high else first


def _is_switch(node: Node) -> bool:
    return node.output.dtype.is_float or node.output.dtype.kind == "bool"


def _onward(node: Node, slot: int, route: _Route) -> Iterator[_Route]:
    """The tensors that a node hands the values on in."""
    factor, low, high = 1.0, 0.0, 0.0
    if node.op_type == "Scan":
        # A body reads slices of what is scanned, under names of their own.
        yield _Route(f"{node.name}/{route.name}", route.factor, route.low, route.high)
        return
    if node.op_type in ("Add", "Sub"):
        step = _step(node, slot)
        if step is None:
            return
        factor, low, high = step
    elif node.op_type in ("Mul", "Div", "CumSum", "ReduceSum"):
        factor = _scale(node, slot)
        if factor <= 0:
            return
    elif not (
        (node.op_type in _CARRIERS and slot == 0)
        or node.op_type in _MIXERS
        or (node.op_type == "Where" and slot > 0)
    ):
        return
    for output in node.outputs if node.op_type == "Split" else node.outputs[:1]:
        yield _Route(
            output.name,
            route.factor * factor,
            factor * route.low + low,
            factor * route.high + high,
        )


def _step(node: Node, slot: int) -> tuple[float, float, float] | None:
    """Factor and offsets of a sum or difference; None where it cannot be followed."""
    other = node.input(1 - slot)
    if other is None or (node.op_type == "Sub" and slot == 1 and other.constant):
        return None
    if not other.constant:
        # Both halves of a sum may grow to half of what is allowed; a difference never grows.
        return (2.0 if node.op_type == "Add" else 1.0), 0.0, 0.0
    if not other.value:
        return None
    low, high = min(other.value), max(other.value)
    return (1.0, low, high) if node.op_type == "Add" else (1.0, -high, -low)


def _scale(node: Node, slot: int) -> float:
    """The factor of a product, quotient or sum over an axis; 0 where it cannot be followed."""
    if node.op_type in ("CumSum", "ReduceSum"):
        return _summed(node) if slot == 0 else 0.0
    other = node.input(1 - slot)
    if other is None:
        return 0.0
    if not other.constant:
        # Of whole numbers that are multiplied one is a mask.
        return 1.0 if node.op_type == "Mul" and not node.output.dtype.is_float else 0.0
    if not other.value or (node.op_type == "Div" and slot):
        return 0.0
    return max(other.value) if node.op_type == "Mul" else 1 / max(min(other.value), 1.0)


def _summed(node: Node) -> float:
    """How many values a sum adds up at most; 0 if unknown."""
    source, axis = node.input(0), node.input(1)
    if source is None or not source.known:
        return 0.0
    if node.op_type == "CumSum" and axis is not None and axis.value:
        return float(source.dims[int(axis.value[0])])
    if node.op_type == "ReduceSum" and node.output.elements:
        return source.elements / node.output.elements
    return float(source.elements)
