"""Small networks for the tests of the ridge-point sweep."""

from __future__ import annotations

from costscope.ridge.types import Network, OpClass, Operation


def operation(macs: int, moved_bytes: int, op_class: OpClass = OpClass.CONV2D) -> Operation:
    """An operation with so many MACs and bytes."""
    return Operation(name="op", op_class=op_class, macs=macs, moved_bytes=moved_bytes)


def network(*amounts: tuple[int, int], name: str = "net") -> Network:
    """A network of operations with (MACs, bytes) each."""
    return Network(name=name, operations=tuple(operation(*each) for each in amounts))
