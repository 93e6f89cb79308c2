"""Attributes of a node as plain Python values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from costscope.errors import ModelError

_FLOAT, _INT, _STRING, _TENSOR, _GRAPH = 1, 2, 3, 4, 5
_FLOATS, _INTS, _STRINGS, _TENSORS, _GRAPHS, _SPARSE = 6, 7, 8, 9, 10, 11


def plain(attributes: Iterable[Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Split attributes into plain values and protos (tensors, graphs), both by name."""
    values: dict[str, Any] = {}
    protos: dict[str, Any] = {}
    for attribute in attributes:
        name, kind = attribute.name, attribute.type
        if kind == _INT:
            values[name] = attribute.i
        elif kind == _INTS:
            values[name] = tuple(attribute.ints)
        elif kind == _FLOAT:
            values[name] = attribute.f
        elif kind == _STRING:
            values[name] = _text(attribute.s)
        elif kind == _FLOATS:
            values[name] = tuple(attribute.floats)
        elif kind == _STRINGS:
            values[name] = tuple(_text(s) for s in attribute.strings)
        elif kind == _TENSOR:
            protos[name] = attribute.t
        elif kind == _GRAPH:
            protos[name] = attribute.g
        elif kind in (_TENSORS, _GRAPHS, _SPARSE):
            protos[name] = attribute
        elif kind == 0:
            _untyped(name, attribute, values, protos)
    return values, protos


def bind(node: Any, bound: Mapping[str, Any]) -> Any:
    """A node of a function body with the attributes that its caller gives.

    A reference to an attribute that the caller leaves out is left out here as well. The
    graphs inside the node may refer to attributes too.
    """
    if not _refers(node):
        return node
    copy = type(node)()
    copy.CopyFrom(node)
    del copy.attribute[:]
    for attribute in node.attribute:
        if attribute.ref_attr_name and attribute.ref_attr_name not in bound:
            continue
        given = copy.attribute.add()
        given.CopyFrom(bound.get(attribute.ref_attr_name, attribute))
        given.name = attribute.name
        for graph in _graphs(given):
            inner = [bind(each, bound) for each in graph.node]
            del graph.node[:]
            graph.node.extend(inner)
    return copy


def _refers(node: Any) -> bool:
    """Whether a node, or one in a graph inside it, takes an attribute from its caller."""
    return any(
        attribute.ref_attr_name
        or any(_refers(inner) for graph in _graphs(attribute) for inner in graph.node)
        for attribute in node.attribute
    )


def _graphs(attribute: Any) -> list[Any]:
    return [attribute.g] if attribute.HasField("g") else [*attribute.graphs]


def _untyped(name: str, attribute: Any, values: dict[str, Any], protos: dict[str, Any]) -> None:
    """Files from before IR version 2 leave the type out: the field that is set decides."""
    for field in ("ints", "floats", "strings"):
        if len(getattr(attribute, field)):
            values[name] = tuple(getattr(attribute, field))
            return
    for field, target in (
        ("i", values),
        ("f", values),
        ("s", values),
        ("t", protos),
        ("g", protos),
    ):
        if attribute.HasField(field):
            value = getattr(attribute, field)
            target[name] = _text(value) if field == "s" else value
            return
    raise ModelError(f"attribute {name!r} has neither a type nor a value")


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", errors="replace")
