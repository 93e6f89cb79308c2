"""Constants of the file: initializers, Constant nodes, and weights kept in short form."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from costscope.errors import ModelError, ShapeError
from costscope.graph import attributes, constants
from costscope.graph.types import Tensor, TensorType
from costscope.ops import Array
from costscope.shapes.contradiction import KINDS, Contradictions
from costscope.shapes.limits import refuse_impossible
from costscope.shapes.literal import literal
from costscope.shapes.scope import Scope

if TYPE_CHECKING:
    from costscope.shapes.walk import Walk


def add_initializers(walk: Walk, graph: Any, scope: Scope) -> None:
    """Bring a graph's initializers into the scope.

    Raises:
        ModelError: one stands twice, or has contents that do not fit its type.
    """
    for proto in graph.initializer:
        _refuse_known(proto.name, scope)
        _add_tensor(walk, proto.name, proto, scope)
    for sparse in graph.sparse_initializer:
        _refuse_known(sparse.values.name, scope)
        kind = TensorType(tuple(sparse.dims), constants.type_of(sparse.values).dtype)
        _add(walk, sparse.values.name, kind, scope)


def add_constant_node(walk: Walk, proto: Any, scope: Scope) -> None:
    """Bring the value of a Constant node into the scope: the same as an initializer.

    But for a single number: exporters write the literals of a formula so.
    """
    plain, protos = attributes.plain(proto.attribute)
    walk.folded["Constant"] += 1
    name = proto.output[0]
    if "value" in protos:
        _add_tensor(walk, name, protos["value"], scope)
        tensor = scope.tensors[name]
        if tensor.elements == 1:
            scope.add(name, replace(tensor, sources=()), scope.values.get(name))
        return
    with Contradictions():
        kind, value = literal(plain, protos)
    _add(walk, name, kind, scope, value)


def add_filled(walk: Walk, shape: Tensor, output: Tensor) -> tuple[str, ...]:
    """The sources of a ConstantOfShape: of a constant shape it is a weight in short form."""
    if shape.name not in walk.constants:
        return ()
    tensor = replace(output, constant=True, sources=(output.name,))
    walk.constants[output.name] = tensor
    return tensor.sources


def fill_value(proto: Any) -> Any:
    """The number that ConstantOfShape repeats; None for a type that numpy does not have.

    Raises:
        ShapeError: it is not a single number.
    """
    try:
        value = constants.value_of(proto)
    except KINDS:
        raise ShapeError("its value does not fit its type") from None
    if value is None:
        return None
    if value.size != 1:
        raise ShapeError(f"its value has {value.size} elements; it must have one")
    return value.reshape(-1)[0]


def _refuse_known(name: str, scope: Scope) -> None:
    if name in scope.tensors:
        raise ModelError(f"initializer {name!r} stands twice")


def _add_tensor(walk: Walk, name: str, proto: Any, scope: Scope) -> None:
    kind = constants.type_of(proto)
    try:
        value = constants.value_of(proto, kind)
    except KINDS:
        raise ModelError(f"constant {name!r} has contents that do not fit its type") from None
    _add(walk, name, kind, scope, value)


def _add(walk: Walk, name: str, kind: TensorType, scope: Scope, value: Array | None = None) -> None:
    refuse_impossible(kind, f"constant {name!r}")
    unique = walk.tensor_name(name, scope)
    tensor = Tensor(
        unique,
        kind.shape,
        kind.dtype,
        constant=True,
        sources=(unique,),
        value=constants.short(value),
    )
    walk.constants[unique] = tensor
    scope.add(name, tensor, value)
