"""Nodes that hold graphs: If here, the others in `loop` and `scan`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from costscope.errors import ModelError
from costscope.graph import attributes
from costscope.graph.types import Branch, Node, Shape, Tensor
from costscope.ops import UnknownShapeError
from costscope.shapes.call import Call, Result, type_of
from costscope.shapes.contradiction import Contradictions
from costscope.shapes.limits import refuse_impossible
from costscope.shapes.loop import loop
from costscope.shapes.scan import scan, sequence_map
from costscope.shapes.scope import Scope

if TYPE_CHECKING:
    from costscope.shapes.walk import Walk


def visit(walk: Walk, proto: Any, name: str, scope: Scope, out: list[Node]) -> None:
    """Visit a node that holds graphs, and append it to `out`.

    An If whose condition is known is replaced by the branch that it takes.
    """
    plain, graphs = attributes.plain(proto.attribute)
    inputs = tuple(walk.find(input_name, scope) for input_name in proto.input)
    call = Call(walk, proto, name, scope, inputs, plain, graphs)
    problem = None
    try:
        with Contradictions():
            taken = known_branch(call) if proto.op_type == "If" else None
            if taken is not None:
                _inline(call, taken, out)
                return
            branches, types = _RULES[proto.op_type](call)
            if any(kind.shape is None and kind.items is None for kind in types):
                problem = "the shape of its output is unknown: that of a node inside it is"
    except UnknownShapeError as error:
        branches, types = (), walk.declared(proto.output, inputs, scope)
        problem = f"what it runs is unknown: {error}"
    outputs = []
    for slot, output in enumerate(proto.output):
        if slot >= len(types):
            raise ModelError(f"node {name!r}: output {slot} is given by no graph inside it")
        kind = types[slot]
        refuse_impossible(kind, f"output {slot}")
        unique = walk.tensor_name(output or f"{name}:{slot}", scope)
        tensor = Tensor(unique, kind.shape, kind.dtype, items=kind.items)
        outputs.append(tensor)
        if output:
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
            problem=problem,
        )
    )


def known_branch(call: Call) -> str | None:
    """The branch that an If takes, None if that depends on data."""
    condition = call.value(0)
    if condition is None:
        return None
    return "then_branch" if bool(condition) else "else_branch"


def _inline(call: Call, taken: str, out: list[Node]) -> None:
    """Put the nodes of the branch that is taken in place of the If."""
    body, inner = call.body(taken, [])
    if len(body.outputs) < len(call.proto.output):
        raise ModelError(f"node {call.name!r}: its {taken} gives {len(body.outputs)} outputs")
    out += body.nodes
    call.walk.folded["If"] += 1
    produced = call.graph(taken).output
    for name, value, tensor in zip(call.proto.output, produced, body.outputs, strict=False):
        if name:
            call.scope.add(name, tensor, inner.value(value.name))


def _if(call: Call) -> Result:
    then, _ = call.body("then_branch", [])
    other, _ = call.body("else_branch", [])
    if len(then.outputs) != len(other.outputs):
        raise ModelError(f"node {call.name!r}: its branches give different numbers of outputs")
    types = []
    for left, right in zip(then.outputs, other.outputs, strict=True):
        larger = left if left.nbytes >= right.nbytes else right
        if (left.shape, left.items) != (right.shape, right.items):
            call.walk.assume(
                f"{call.name!r}: its branches give {_text(left.shape)} and {_text(right.shape)}; "
                f"what follows is costed for {_text(larger.shape)}"
            )
        types.append(type_of(larger))
    return (Branch("then_branch", then, 1), Branch("else_branch", other, 1)), types


def _text(shape: Shape | None) -> str:
    return "an unknown shape" if shape is None else "x".join(map(str, shape)) or "a scalar"


_RULES: Mapping[str, Callable[[Call], Result]] = {
    "If": _if,
    "Loop": loop,
    "Scan": scan,
    "SequenceMap": sequence_map,
}
