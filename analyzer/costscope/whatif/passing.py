"""Data that is handed on: behind operators that do not change it, and past ones left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from costscope.graph.types import Graph, Node, Tensor
from costscope.whatif.case import Case
from costscope.whatif.edit import pruned, reading

# What stands between two operators and belongs to neither.
QUANTIZE, DEQUANTIZE = "QuantizeLinear", "DequantizeLinear"
TRANSPARENT = frozenset({QUANTIZE, DEQUANTIZE, "Identity", "Dropout", "Cast"})


def origin(case: Case, tensor: Tensor) -> Tensor:
    """Where the data of a tensor comes from: before quantization, casts and copies of it."""
    maker = case.maker(tensor)
    while maker is not None and maker.op_type in TRANSPARENT:
        source = maker.input(0)
        if source is None:
            break
        tensor, maker = source, case.maker(source)
    return tensor


def source(case: Case, tensor: Tensor | None) -> Node | None:
    """The operator that makes a tensor's data; None for inputs and constants."""
    return None if tensor is None else case.maker(origin(case, tensor))


def follower(case: Case, tensor: Tensor) -> Node | None:
    """The one operator that reads a tensor's data, behind quantization and casts.

    None where several do, or where it leaves the graph.
    """
    reader = case.only_reader(tensor)
    while reader is not None and reader.op_type in TRANSPARENT:
        reader = case.only_reader(reader.output)
    return reader


def handed_on(graph: Graph, results: Mapping[str, Tensor]) -> Graph:
    """The graph in which readers of some results read other tensors; what is unread is gone.

    A result that is quantized, in place of which numbers are read that were quantized before,
    goes with its quantization: nothing is quantized twice.

    Args:
        graph: as it is.
        results: by the name of a result, what is read instead.
    """
    ends = _quantized_ends(graph, results)
    final = {name: _last(tensor, ends) for name, tensor in ends.items()}
    nodes = tuple(reading(node, final) for node in graph.nodes)
    outputs = tuple(final.get(tensor.name, tensor) for tensor in graph.outputs)
    return pruned(replace(graph, nodes=nodes, outputs=outputs), graph)


def _quantized_ends(graph: Graph, results: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The results, each behind the QuantizeLinear and DequantizeLinear that it goes with."""
    known = {node.output.name for node in graph.nodes if node.op_type == DEQUANTIZE}
    if not known:
        return dict(results)
    readers = readers_of(graph)
    ends: dict[str, Tensor] = {}
    for name, tensor in results.items():
        quantizers = readers.get(name, [])
        behind = [node for each in quantizers for node in readers.get(each.output.name, ())]
        pairs = all(node.op_type == QUANTIZE for node in quantizers)
        pairs = pairs and all(node.op_type == DEQUANTIZE for node in behind)
        if behind and pairs and tensor.name in known:
            ends |= {node.output.name: tensor for node in behind}
        else:
            ends[name] = tensor
    return ends


def readers_of(graph: Graph) -> dict[str, list[Node]]:
    """The operators that read each tensor, by its name; what leaves the graph is not told."""
    found: dict[str, list[Node]] = {}
    for node in graph.nodes:
        for name in {tensor.name for tensor in node.inputs if tensor is not None}:
            found.setdefault(name, []).append(node)
    return found


def _last(tensor: Tensor, results: Mapping[str, Tensor]) -> Tensor:
    for _ in results:
        if tensor.name not in results:
            break
        tensor = results[tensor.name]
    return tensor
