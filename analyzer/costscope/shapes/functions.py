"""Functions that the model brings along: their bodies stand in for the calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from costscope.errors import ModelError
from costscope.graph import attributes
from costscope.graph.types import Node
from costscope.shapes.opsets import imports, standard
from costscope.shapes.scope import Scope

if TYPE_CHECKING:
    from costscope.shapes.walk import Walk

FunctionKey = tuple[str, str, str]


def functions_of(model: Any) -> dict[FunctionKey, Any]:
    """The model's functions by domain, name and overload."""
    return {key_of(function): function for function in model.functions}


def key_of(function: Any) -> FunctionKey:
    """What a call names a function by."""
    return standard(function.domain), function.name, function.overload


def inline(walk: Walk, proto: Any, function: Any, name: str, scope: Scope, out: list[Node]) -> None:
    """Walk a function's body in a scope of its own, in place of the call.

    Raises:
        ModelError: a call that does not fit the function, or that ends in itself.
    """
    key = key_of(function)
    if key in walk.calls:
        raise ModelError(f"function {function.name!r} calls itself")
    inner = _bound(walk, proto, function, name, scope)
    given = {attribute.name: attribute for attribute in function.attribute_proto}
    given.update((attribute.name, attribute) for attribute in proto.attribute)
    body = [attributes.bind(node, given) for node in function.node]
    known, walk.opsets = walk.opsets, {**walk.opsets, **imports(function.opset_import)}
    walk.calls.append(key)
    out += walk.nodes(body, inner)
    walk.calls.pop()
    walk.opsets = known
    if len(proto.output) > len(function.output):
        raise ModelError(
            f"node {name!r} asks for {len(proto.output)} outputs of function "
            f"{function.name!r}, which has {len(function.output)}"
        )
    for formal, actual in zip(function.output, proto.output, strict=False):
        tensor = inner.find(formal)
        if tensor is None:
            raise ModelError(f"function {function.name!r} does not produce {formal!r}")
        if actual:
            scope.add(actual, tensor, inner.value(formal))


def _bound(walk: Walk, proto: Any, function: Any, name: str, scope: Scope) -> Scope:
    """The scope of a body, with what the caller gives and without what it leaves out."""
    if len(proto.input) > len(function.input):
        raise ModelError(
            f"node {name!r} gives {len(proto.input)} inputs to function {function.name!r}, "
            f"which takes {len(function.input)}"
        )
    inner = scope.call(f"{name}/")
    actual = [*proto.input, *("",) * (len(function.input) - len(proto.input))]
    for formal, given in zip(function.input, actual, strict=True):
        tensor = walk.find(given, scope)
        if tensor is None:
            inner.omitted.add(formal)
        else:
            inner.add(formal, tensor, scope.value(given))
    return inner
