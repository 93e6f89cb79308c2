"""Activations and normalizations of a graph, whether one operator or written out as several."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from costscope.graph.types import Graph, Node, Tensor
from costscope.kernels.draft import Draft
from costscope.kernels.flatten import flatten
from costscope.kernels.patterns import PATTERNS
from costscope.kernels.picture import Var, draw, find
from costscope.whatif.edit import bypassed
from costscope.whatif.passing import TRANSPARENT

# What operators and the forms written out, as fusion finds them, are called in a sentence.
NAMES = {
    "Swish": "Swish",
    "HardSwish": "HardSwish",
    "Mish": "Mish",
    "Gelu": "GELU",
    "FastGelu": "GELU",
    "QuickGelu": "GELU",
    "LayerNormalization": "layer normalization",
    "SimplifiedLayerNormalization": "RMS normalization",
    "RMSNormalization": "RMS normalization",
    "GroupNormalization": "group normalization",
    "InstanceNormalization": "instance normalization",
}
NORMALIZATIONS = frozenset(name for name in NAMES.values() if name.endswith("normalization"))
# Without one of these operators there is nothing to find.
_SIGNS = frozenset(NAMES) | {"Sigmoid", "HardSigmoid", "Clip", "Erf", "Tanh", "Softplus", "Sqrt"}
_PATTERNS = (
    "gelu_any_order",
    "fast_gelu_any_order",
    "hard_swish",
    "gated_hard_swish",
    "swish",
    "quick_gelu",
    "layer_norm",
    "layer_norm_by_product",
    "rms_norm",
)
_x = Var("x")
_MISH = draw("Mul", _x, draw("Tanh", draw("Softplus", _x)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Motif:
    """An activation or a normalization.

    Attributes:
        name: what it is called, one of `NAMES`.
        nodes: its operators, in order.
        data: what it is of, as it is read.
        source: the same before quantization.
        result: what it gives, of the same shape.
    """

    name: str
    nodes: tuple[Node, ...]
    data: Tensor
    source: Tensor
    result: Tensor


def motifs(graph: Graph) -> Iterator[Motif]:
    """The activations and normalizations of a graph's main part, in order."""
    if not any(node.op_type in _SIGNS for node in graph.nodes):
        return
    originals = {node.name: node for node in graph.nodes}
    draft = _drawn(graph)
    for cell in draft.ordered():
        nodes = tuple(originals[n.name] for n in cell.nodes if n.name in originals)
        data = cell.input(0)
        known = cell.op in NAMES and len(cell.outputs) == 1 and len(nodes) == len(cell.nodes)
        if known and data is not None and not data.constant and data.shape == cell.output.shape:
            read = {t.name: t for node in reversed(nodes) for t in node.inputs if t is not None}
            entering = read.get(data.name) or _dequantized(nodes, originals, data)
            yield Motif(
                name=NAMES[cell.op],
                nodes=nodes,
                data=entering,
                source=data,
                result=nodes[-1].output,
            )


def _drawn(graph: Graph) -> Draft:
    """The graph with the forms written out as one cell each; quantization is looked through."""
    bare = graph
    if "QuantizeLinear" in {node.op_type for node in graph.nodes}:
        between = [n.name for n in graph.nodes if n.op_type in TRANSPARENT]
        bare = bypassed(graph, between)
    flat = flatten(bare)
    draft = Draft(flat.nodes, bare.outputs, flat.regions)
    for name in _PATTERNS:
        fuse = PATTERNS.get(name)
        if fuse is not None:
            fuse(draft)
    for root in draft.cells(_MISH.ops):
        match = find(_MISH, root, draft) if draft.has("Softplus") else None
        if match is not None:
            draft.merge(list(match.cells.values()), "Mish", [match.tensors["x"]], attributes={})
    return draft


def _dequantized(nodes: tuple[Node, ...], originals: dict[str, Node], data: Tensor) -> Tensor:
    """The tensor that a motif reads where it looked through quantization to its data."""
    makers = {t.name: node for node in originals.values() for t in node.outputs}
    for read in (t for node in nodes for t in node.inputs if t is not None and not t.constant):
        behind = read
        while behind.name != data.name:
            maker = makers.get(behind.name)
            source = maker.input(0) if maker and maker.op_type in TRANSPARENT else None
            if source is None:
                break
            behind = source
        if behind.name == data.name:
            return read
    return data
