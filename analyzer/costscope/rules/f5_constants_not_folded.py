"""F5: operators that compute from constants alone, left in the file."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from costscope.analysis.types import Severity
from costscope.graph.types import Graph, Node, Tensor
from costscope.rules import Found, rule
from costscope.units import format_bytes, format_latency
from costscope.whatif.case import Case, Saving
from costscope.whatif.edit import constant, replaced
from costscope.whatif.inner import read_inside

LEAST_ELEMENTS = 64  # of a result: shapes, scales and single numbers hold fewer
LEAST_BYTES = 16 * 1024  # of all results: fewer are computed in microseconds
# Constants in another form; Identity and Dropout are the matter of another rule.
_NO_ARITHMETIC = frozenset(
    {"ConstantOfShape", "DequantizeLinear", "Dropout", "Identity", "QuantizeLinear", "Range"}
)


@rule("F5", name="constants not folded", severity=Severity.NOTE)
def constants_not_folded(case: Case) -> Iterator[Found]:
    """Operators whose inputs are all constants, so that their results are known beforehand.

    What it finds:
        Operators that compute from constants alone, each with at least 64 elements in its
        result: transposed weights, weight norms, masks, tables of positions. Arithmetic on
        shapes, filled constants and weights that are dequantised are not counted.
    Why it costs:
        A runtime that folds computes them once, when it loads the model, which takes time and
        memory then. One that does not computes them in every inference.

    Example:
        The Transpose of the weight in front of each MatMul of a linear layer; the relative
        position bias of Swin, gathered from its table.
    How to fix:
        Fold constants when the file is exported (`do_constant_folding=True`, onnxsim,
        onnxslim). Costed are such operators only where they do multiply-accumulates, which
        costscope counts as the file has them: the saving is theirs. The others are free where
        constants are folded; what they would take elsewhere is among the evidence.
    Thresholds:
        64 elements each: no shape, scale or list of axes is as long, hardly a table or weight
        is shorter. 16 KiB together: less is computed in microseconds.
    Source:
        onnxruntime documentation, graph optimizations, constant folding; PyTorch,
        torch.onnx.export, do_constant_folding.
    """
    aside = [node for node in case.graph.aside if _counts(node)]
    counted = _from_constants(case)
    if not aside and not counted:
        return
    nbytes = sum(tensor.nbytes for node in (*aside, *counted) for tensor in node.outputs)
    if nbytes < LEAST_BYTES:
        return
    unfolded_s = _unfolded_s(case, aside)
    told = f", {format_latency(unfolded_s)} in each inference without folding" if unfolded_s else ""
    evidence: dict[str, float] = {"operators": len(aside) + len(counted), "result_bytes": nbytes}
    if unfolded_s is not None:
        evidence["unfolded_latency_s"] = unfolded_s
    nodes = [*aside, *counted]
    several = len(nodes) > 1
    yield Found(
        subject=case.analysis.model if several else nodes[0].name,
        message=(
            f"{len(nodes)} operator{'s compute' if several else ' computes'} "
            f"{format_bytes(nbytes)} from constants alone{told}"
        ),
        change="fold them when the file is exported",
        evidence=evidence,
        nodes=tuple(node.name for node in nodes),
        saving=_saving(case, counted),
    )


def _counts(node: Node) -> bool:
    """Whether a folded operator is arithmetic on data, not on shapes."""
    if node.op_type in _NO_ARITHMETIC or node.problem is not None or not node.inputs:
        return False
    given = [tensor for tensor in node.inputs if tensor is not None]
    if not given or not all(tensor.constant for tensor in given):
        return False  # it reads the shape of an activation
    return any(t.shape is not None and t.elements >= LEAST_ELEMENTS for t in node.outputs)


def _from_constants(case: Case) -> list[Node]:
    """Operators of the graph that compute from constants alone, and from what these compute."""
    if not any(_is_fed(node, ()) for node in case.graph.nodes):
        return []
    known: set[str] = set()
    found: list[Node] = []
    inside = read_inside(case.graph.nodes)
    for node in case.graph.nodes:
        if not _is_fed(node, known) or case.leaving & {t.name for t in node.outputs}:
            continue
        if not any(tensor.name in inside for tensor in node.outputs):
            found.append(node)
            known.update(tensor.name for tensor in node.outputs)
    return found


def _is_fed(node: Node, known: Collection[str]) -> bool:
    """Whether an operator reads nothing but constants and what is known."""
    given = [tensor for tensor in node.inputs if tensor is not None]
    random = node.op_type.startswith(("Random", "Bernoulli", "Multinomial"))
    if not given or random or node.branches or node.problem is not None:
        return False
    return all(tensor.constant or tensor.name in known for tensor in given)


def _saving(case: Case, counted: Sequence[Node]) -> Saving | None:
    """What is saved where their results are constants of the file."""
    if not counted:
        return None
    gone = {node.name: () for node in counted}
    made = {tensor.name: tensor for node in counted for tensor in node.outputs}
    nodes = []
    for node in case.graph.nodes:
        if node.name not in gone and any(t and t.name in made for t in node.inputs):
            node = replace(node, inputs=tuple(t and _stored(t, made) for t in node.inputs))  # noqa: PLW2901
        nodes.append(node)
    return case.saving(replaced(replace(case.graph, nodes=tuple(nodes)), gone))


def _stored(tensor: Tensor, made: Collection[str]) -> Tensor:
    if tensor.name not in made:
        return tensor
    known = tensor.shape is not None
    return constant(f"{tensor.name} folded", tensor.dims, tensor) if known else tensor


def _read(tensor: Tensor) -> Tensor:
    """A constant as an operator reads it that runs: settings stay what they are."""
    if tensor.shape is None or tensor.elements < LEAST_ELEMENTS:
        return tensor
    return replace(tensor, constant=False, storage=None)


def _unfolded_s(case: Case, aside: Sequence[Node]) -> float | None:
    """Predicted seconds of operators that were folded away, if they ran; None if not known."""
    if case.hardware is None or not aside:
        return None
    made = {tensor.name: tensor for node in aside for tensor in node.outputs}
    nodes = tuple(
        replace(node, inputs=tuple(t and made.get(t.name, _read(t)) for t in node.inputs))
        for node in aside
    )
    read = {tensor.name for node in nodes for tensor in node.inputs if tensor is not None}
    outputs = tuple(tensor for name, tensor in made.items() if name not in read)
    graph: Graph = replace(case.graph, nodes=nodes, inputs=(), outputs=outputs, aside=())
    prediction = case.deployed(graph).prediction
    if prediction is None or prediction.latency_s is None or not prediction.complete:
        return None
    return prediction.latency_s - prediction.run_s
