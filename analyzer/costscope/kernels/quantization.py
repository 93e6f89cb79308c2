"""QDQ graphs: an operator between dequantized inputs and a quantized output is int8."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from costscope.graph.types import Node, Tensor
from costscope.kernels.links import Links
from costscope.kernels.types import Runtime
from costscope.ops import kind_of

_QUANTIZE, _DEQUANTIZE = "QuantizeLinear", "DequantizeLinear"


@dataclass(frozen=True, slots=True)
class Group:
    """Nodes that will be one kernel.

    Attributes:
        nodes: in order.
        reads: activations and constants that enter, in order, each once.
        writes: tensors that leave.
    """

    nodes: tuple[Node, ...]
    reads: tuple[Tensor, ...]
    writes: tuple[Tensor, ...]


def is_boundary(group: Group) -> bool:
    """Whether a group is a lone QuantizeLinear or DequantizeLinear."""
    return len(group.nodes) == 1 and group.nodes[0].op_type in (_QUANTIZE, _DEQUANTIZE)


def absorb(groups: Sequence[Group], links: Links, runtime: Runtime) -> list[Group]:
    """Groups with Q and DQ nodes drawn into the kernels that they surround.

    A group is drawn together when every activation it reads comes from a DequantizeLinear,
    every output is read by one QuantizeLinear alone, and the runtime has an int8 kernel for
    its kind. Boundaries that nobody reads any more then vanish.
    """
    drawn = [_draw(group, links, runtime) for group in groups]
    needed = {tensor.name for group in drawn if not is_boundary(group) for tensor in group.reads}
    needed |= links.outputs
    kept: list[Group] = []
    for group in reversed(drawn):
        if is_boundary(group):
            if not any(tensor.name in needed for tensor in group.writes):
                continue
            needed.update(tensor.name for tensor in group.reads)
        kept.append(group)
    made: set[str] = set()
    result = []
    for group in reversed(kept):
        if is_boundary(group) and all(tensor.name in made for tensor in group.writes):
            continue
        made.update(tensor.name for tensor in group.writes)
        result.append(group)
    return result


def _draw(group: Group, links: Links, runtime: Runtime) -> Group:
    if is_boundary(group) or not any(kind_of(n) in runtime.quantized for n in group.nodes):
        return group
    before: list[Node] = []
    reads: list[Tensor] = []
    for tensor in group.reads:
        maker = links.producer(tensor)
        if tensor.constant:
            reads.append(tensor)
        elif maker is not None and maker.op_type == _DEQUANTIZE and maker.inputs[0] is not None:
            before.append(maker)
            reads.append(maker.inputs[0])
        else:
            return group
    after: list[Node] = []
    writes: list[Tensor] = []
    for tensor in group.writes:
        readers = links.readers(tensor)
        single = len(readers) == 1 and tensor.name not in links.outputs
        if not single or readers[0].op_type != _QUANTIZE:
            return group
        after.append(readers[0])
        writes.append(readers[0].outputs[0])
    if not before:
        return group
    nodes = tuple(dict.fromkeys([node.name for node in (*before, *group.nodes, *after)]))
    by_name = {node.name: node for node in (*before, *group.nodes, *after)}
    return Group(tuple(by_name[name] for name in nodes), tuple(reads), tuple(writes))
