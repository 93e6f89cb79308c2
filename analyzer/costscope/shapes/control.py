"""Graphs inside nodes: If, Loop, Scan and SequenceMap, and literals of Constant nodes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from costscope.dtypes import BOOL, FLOAT32, INT64, STRING
from costscope.errors import ModelError, ShapeError
from costscope.graph import attributes, constants
from costscope.graph.types import Branch, Graph, Node, Shape, Tensor, TensorType
from costscope.ops import Array
from costscope.shapes.scope import Scope

if TYPE_CHECKING:
    from costscope.shapes.walk import Walk

# A count this large stands for "until the condition says stop".
_ENDLESS = 2**31


def visit(walk: Walk, proto: Any, name: str, scope: Scope, out: list[Node]) -> None:
    """Visit a node that holds graphs, and append it to `out`."""
    plain, graphs = attributes.plain(proto.attribute)
    rules = {"If": _if, "Loop": _loop, "Scan": _scan, "SequenceMap": _sequence_map}
    inputs = tuple(walk.find(input_name, scope) for input_name in proto.input)
    call = _Call(walk, proto, name, scope, inputs, plain, graphs)
    branches, types = rules[proto.op_type](call)
    outputs = []
    for slot, output in enumerate(proto.output):
        if slot >= len(types):
            raise ModelError(f"node {name!r}: output {slot} is given by no graph inside it")
        kind = types[slot]
        tensor = Tensor(scope.prefix + output, kind.shape, kind.dtype, items=kind.items)
        outputs.append(tensor)
        scope.add(output, tensor)
    out.append(
        Node(
            name,
            proto.op_type,
            "",
            walk.version(""),
            inputs,
            tuple(outputs),
            plain,
            branches=branches,
        )
    )


class _Call:
    """One node with graphs inside, and the walk it happens in."""

    def __init__(
        self,
        walk: Walk,
        proto: Any,
        name: str,
        scope: Scope,
        inputs: tuple[Tensor | None, ...],
        plain: Mapping[str, Any],
        graphs: Mapping[str, Any],
    ) -> None:
        self.walk, self.proto, self.name, self.scope = walk, proto, name, scope
        self.inputs, self.plain, self.graphs = inputs, plain, graphs

    def value(self, slot: int) -> Array | None:
        """The known value of an input."""
        names = self.proto.input
        return self.scope.value(names[slot]) if slot < len(names) and names[slot] else None

    def body(self, attribute: str, actual: list[Tensor | None]) -> Graph:
        """The graph of an attribute, walked with the given tensors as its inputs."""
        graph = self.graphs.get(attribute)
        if graph is None:
            raise ModelError(f"node {self.name!r}: it has no graph {attribute!r}")
        inner = Scope(self.scope, prefix=f"{self.name}/")
        if len(graph.input) > len(actual):
            raise ModelError(
                f"node {self.name!r}: {attribute} has {len(graph.input)} inputs, "
                f"{len(actual)} are given"
            )
        for formal, tensor in zip(graph.input, actual, strict=False):
            inner.add(formal.name, tensor or Tensor(inner.prefix + formal.name, (), BOOL))
        return self.walk.body(graph, inner)

    def moving(self, tensor: Tensor | None) -> Tensor | None:
        """A loop-carried tensor: no longer a constant, whatever it starts from."""
        if tensor is None or not tensor.constant:
            return tensor
        return Tensor(tensor.name, tensor.shape, tensor.dtype, items=tensor.items)


_Result = tuple[tuple[Branch, ...], list[TensorType]]


def _if(call: _Call) -> _Result:
    known = call.value(0)
    if known is not None and known.size == 1:
        taken = "then_branch" if bool(known.reshape(-1)[0]) else "else_branch"
        graph = call.body(taken, [])
        return (Branch(taken, graph, 1),), [_type(tensor) for tensor in graph.outputs]
    then, other = call.body("then_branch", []), call.body("else_branch", [])
    if len(then.outputs) != len(other.outputs):
        raise ModelError(f"node {call.name!r}: its branches give different numbers of outputs")
    types = []
    for left, right in zip(then.outputs, other.outputs, strict=True):
        larger = left if left.elements >= right.elements else right
        if left.shape != right.shape:
            call.walk.assume(
                f"{call.name!r}: its branches give {_text(left.shape)} and {_text(right.shape)}; "
                f"what follows is costed for {_text(larger.shape)}"
            )
        types.append(_type(larger))
    return (Branch("then_branch", then, 1), Branch("else_branch", other, 1)), types


def _loop(call: _Call) -> _Result:
    trips = _trips(call)
    carried = [call.moving(tensor) for tensor in call.inputs[2:]]
    counter = Tensor(f"{call.name}/iteration", (), INT64)
    condition = Tensor(f"{call.name}/condition", (), BOOL)
    body = call.body("body", [counter, condition, *carried])
    results = body.outputs[1:]
    types = []
    for start, after in zip(carried, results, strict=False):
        types.append(_carried(call, start, after, trips))
    for scanned in results[len(carried) :]:
        shape = None if scanned.shape is None else (trips, *scanned.shape)
        types.append(TensorType(shape, scanned.dtype))
    return (Branch("body", body, trips),), types


def _trips(call: _Call) -> int:
    """How often a Loop runs: from its constant, the user, or an assumption."""
    bound, start = call.value(0), call.value(1)
    if start is not None and start.size == 1 and not bool(start.reshape(-1)[0]):
        return 0
    if bound is not None and bound.size == 1 and 0 <= int(bound.reshape(-1)[0]) < _ENDLESS:
        trips = int(bound.reshape(-1)[0])
        if _may_stop(call):
            call.walk.assume(f"{call.name!r} may stop early; costed for all {trips} iterations")
        return trips
    if call.walk.bindings.trip_count is not None:
        call.walk.assume(
            f"{call.name!r} runs {call.walk.bindings.trip_count} iterations (--trip-count)"
        )
        return call.walk.bindings.trip_count
    call.walk.assume(
        f"{call.name!r} is costed for 1 iteration: the file does not say how many "
        "(set it with --trip-count)"
    )
    return 1


def _may_stop(call: _Call) -> bool:
    """Whether the body's condition can turn false: it is neither passed on nor constant."""
    graph = call.graphs.get("body")
    if graph is None or not graph.output or len(graph.input) < 2:  # noqa: PLR2004
        return False
    name = graph.output[0].name
    while True:
        producer = next((node for node in graph.node if name in node.output), None)
        if producer is None:
            return False
        if producer.op_type not in ("Identity", "Cast"):
            return bool(producer.op_type != "Constant")
        name = producer.input[0]


def _carried(call: _Call, start: Tensor | None, after: Tensor, trips: int) -> TensorType:
    """The type of a loop-carried output; a shape that grows is followed linearly."""
    if start is None or start.shape is None or after.shape is None or start.shape == after.shape:
        return _type(after)
    if len(start.shape) != len(after.shape) or trips == 0:
        return TensorType(after.shape if trips else start.shape, after.dtype)
    shape = tuple(
        max(0, first + trips * (second - first))
        for first, second in zip(start.shape, after.shape, strict=True)
    )
    call.walk.assume(
        f"{call.name!r}: {after.name!r} changes its shape in each iteration; the "
        "body is costed as in the first"
    )
    return TensorType(shape, after.dtype)


def _scan(call: _Call) -> _Result:
    scanned_count = int(call.plain.get("num_scan_inputs", 0))
    old = call.walk.version("") < 9  # noqa: PLR2004 - opset 8 has a batch and sequence lengths
    given = list(call.inputs[1:] if old else call.inputs)
    if not 0 < scanned_count <= len(given):
        raise ShapeError(f"num_scan_inputs is {scanned_count}, with {len(given)} inputs")
    states, scanned = given[:-scanned_count], given[-scanned_count:]
    axes = call.plain.get("scan_input_axes", (0,) * scanned_count)
    lengths, slices = [], []
    for tensor, axis in zip(scanned, axes, strict=False):
        if tensor is None:
            raise ShapeError("a scan input is left out")
        dims = _dims(tensor)[1:] if old else _dims(tensor)
        place = int(axis) % len(dims)
        lengths.append(dims[place] * (_dims(tensor)[0] if old else 1))
        shape = dims[:place] + dims[place + 1 :]
        slices.append(Tensor(f"{call.name}/{tensor.name}", shape, tensor.dtype))
    if old:
        states = [t and Tensor(f"{call.name}/{t.name}", _dims(t)[1:], t.dtype) for t in states]
    body = call.body("body", [*(call.moving(t) for t in states), *slices])
    trips = lengths[0]
    types = [_type(tensor) for tensor in body.outputs[: len(states)]]
    stacked = body.outputs[len(states) :]
    out_axes = call.plain.get("scan_output_axes", (0,) * len(stacked))
    for tensor, axis in zip(stacked, out_axes, strict=False):
        sizes = list(_dims(tensor))
        sizes.insert(int(axis) % (len(sizes) + 1), trips)
        types.append(TensorType(tuple(sizes), tensor.dtype))
    return (Branch("body", body, trips),), types


def _sequence_map(call: _Call) -> _Result:
    first = call.inputs[0]
    items = first.items if first is not None and first.items else ()
    if not items:
        raise ShapeError("the number of members of its sequence is unknown")
    actual: list[Tensor | None] = []
    for slot, tensor in enumerate(call.inputs):
        if tensor is not None and tensor.items:
            kind = tensor.items[0]
            actual.append(Tensor(f"{call.name}/member{slot}", kind.shape, kind.dtype))
        else:
            actual.append(tensor)
    body = call.body("body", actual)
    types = [
        TensorType(None, tensor.dtype, items=(_type(tensor),) * len(items))
        for tensor in body.outputs
    ]
    return (Branch("body", body, len(items)),), types


def literal(plain: Mapping[str, Any], protos: Mapping[str, Any]) -> tuple[TensorType, Array | None]:
    """Type and value of a Constant node that does not hold a tensor.

    Raises:
        ModelError: it holds nothing.
    """
    if "value_int" in plain:
        return TensorType((), INT64), np.array(plain["value_int"], np.int64)
    if "value_float" in plain:
        return TensorType((), FLOAT32), np.array(plain["value_float"], np.float32)
    if "value_ints" in plain:
        ints = np.array(plain["value_ints"], np.int64)
        return TensorType(ints.shape, INT64), ints
    if "value_floats" in plain:
        floats = np.array(plain["value_floats"], np.float32)
        return TensorType(floats.shape, FLOAT32), floats
    if "value_string" in plain:
        return TensorType((), STRING), None
    if "value_strings" in plain:
        return TensorType((len(plain["value_strings"]),), STRING), None
    if "sparse_value" in protos:
        sparse = protos["sparse_value"].sparse_tensor
        return TensorType(tuple(sparse.dims), constants.type_of(sparse.values).dtype), None
    raise ModelError("a Constant node holds no value")


def _type(tensor: Tensor) -> TensorType:
    return TensorType(tensor.shape, tensor.dtype, tensor.items)


def _dims(tensor: Tensor) -> Shape:
    if tensor.shape is None:
        raise ShapeError(f"the shape of {tensor.name!r} is unknown")
    return tensor.shape


def _text(shape: Shape | None) -> str:
    return "an unknown shape" if shape is None else "x".join(map(str, shape)) or "a scalar"
