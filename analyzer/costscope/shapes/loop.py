"""Loop: a body that runs a number of times, which the file may leave open."""

from __future__ import annotations

from typing import Literal

from costscope.dtypes import BOOL, INT64
from costscope.errors import ShapeError
from costscope.graph.types import Branch, Tensor, TensorType
from costscope.shapes.call import Call, Result, type_of
from costscope.shapes.scope import Scope

# A count this large stands for "until the condition says stop".
_ENDLESS = 2**31


def loop(call: Call) -> Result:
    """The body with how often it runs, and the outputs after the last iteration.

    Raises:
        ShapeError: a body that does not give what the loop carries.
    """
    carried = call.inputs[2:]
    counter = Tensor(f"{call.name}/iteration", (), INT64)
    condition = Tensor(f"{call.name}/condition", (), BOOL)
    body, inner = call.body("body", [counter, condition, *carried])
    results = body.outputs[1:]
    if not body.outputs or len(results) < len(carried):
        raise ShapeError(
            f"its body gives {len(body.outputs)} outputs for {len(carried)} tensors it carries"
        )
    trips = _trips(call, inner)
    types = [
        _carried(call, start, after, trips) for start, after in zip(carried, results, strict=False)
    ]
    for scanned in results[len(carried) :]:
        shape = None if scanned.shape is None else (trips, *scanned.shape)
        types.append(TensorType(shape, scanned.dtype))
    return (Branch("body", body, trips),), types


def _trips(call: Call, inner: Scope) -> int:
    """How often a Loop runs: from its constants, from the user, or assumed."""
    bound, start = call.value(0), call.value(1)
    if start is not None and not bool(start):
        return 0
    stops = _stops(call, inner)
    if bound is not None and int(bound) < _ENDLESS:
        trips = max(0, int(bound))
        if stops == "once":
            return min(trips, 1)
        if stops == "maybe":
            call.walk.assume(f"{call.name!r} may stop early; costed for all {trips} iterations")
        return trips
    if stops == "once":
        return 1
    if call.walk.bindings.trip_count is not None:
        trips = call.walk.bindings.trip_count
        call.walk.assume(f"{call.name!r} runs {trips} iterations (--trip-count)")
        return trips
    call.walk.assume(
        f"{call.name!r} is costed for 1 iteration: the file does not say how many "
        "(set it with --trip-count)"
    )
    return 1


def _stops(call: Call, inner: Scope) -> Literal["never", "once", "maybe"]:
    """Whether the body ends the loop: its condition is known, passed on, or computed."""
    graph = call.graph("body")
    name = graph.output[0].name
    known = inner.value(name)
    if known is not None and known.size == 1:
        return "never" if bool(known.reshape(())) else "once"
    makers = {output: node for node in graph.node for output in node.output}
    for _ in graph.node:
        node = makers.get(name)
        if node is None or node.op_type not in ("Identity", "Cast") or not node.input:
            break
        name = node.input[0]
    return "never" if name == graph.input[1].name else "maybe"


def _carried(call: Call, start: Tensor | None, after: Tensor, trips: int) -> TensorType:
    """The type of a loop-carried output; a shape or a sequence that grows does so steadily."""
    if start is None or trips == 0:
        return type_of(after if start is None else start)
    if start.items is not None and after.items is not None:
        if len(after.items) <= len(start.items):
            return type_of(after)
        new = after.items[len(start.items) :]
        return TensorType(None, after.dtype, (*start.items, *new * trips))
    if start.shape is None or after.shape is None or start.shape == after.shape:
        return type_of(after)
    if len(start.shape) != len(after.shape):
        return type_of(after)
    shape = tuple(
        max(0, first + trips * (second - first))
        for first, second in zip(start.shape, after.shape, strict=True)
    )
    call.walk.assume(
        f"{call.name!r}: {after.name!r} changes its shape in each iteration; the "
        "body is costed as in the first"
    )
    return TensorType(shape, after.dtype)
