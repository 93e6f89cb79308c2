"""Element-wise operators that run on their own, and what is left without them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from costscope.graph.types import Graph, Node, Tensor
from costscope.kernels.types import Kernel
from costscope.whatif.case import Case
from costscope.whatif.inner import read_inside
from costscope.whatif.passing import TRANSPARENT, handed_on
from costscope.work import CONVOLUTIONS, KernelKind

NORMS = frozenset({"BatchNormalization"})
# What the paper removes: additions, gates, activations (whole or written out) and norms.
_SUMS = {"Add", "Sum", "QLinearAdd"}
_GATES = {"Mul", "Div", "QLinearMul"}
_SATURATING = {"HardSigmoid", "Sigmoid", "QLinearSigmoid", "Tanh", "Erf", "Softplus", "Softsign"}
_RECTIFYING = {"Relu", "Clip", "LeakyRelu", "QLinearLeakyRelu", "PRelu", "ThresholdedRelu"}
_SMOOTH = {"Elu", "Selu", "Celu", "Gelu", "FastGelu", "QuickGelu", "HardSwish", "Swish", "Mish"}
_REMOVABLE = NORMS | _SUMS | _GATES | _SATURATING | _RECTIFYING | _SMOOTH


def unfused(kernels: Iterable[Kernel]) -> tuple[Kernel, ...]:
    """Kernels that only go over elements: additions, activations, batch norms left alone."""
    return tuple(
        kernel
        for kernel in kernels
        if kernel.problem is None
        and (kernel.kind is KernelKind.ELEMENTWISE or NORMS.intersection(kernel.op_types))
        and kernel.kind not in CONVOLUTIONS
    )


def removable(case: Case, kernels: Iterable[Kernel]) -> Mapping[str, int]:
    """The operators of some kernels that can be left out, each with the input handed on.

    Nothing but element-wise operators falls with them: an addition whose two inputs both come
    from a convolution of their own stays, as does a gate.
    """
    nodes = {node.name: node for kernel in kernels for node in _own(case, kernel)}
    names = frozenset(nodes)
    found = {}
    for node in nodes.values():
        slot = _slot(case, node, names)
        if slot is not None:
            found[node.name] = slot
    return found


def without(graph: Graph, slots: Mapping[str, int]) -> Graph:
    """The graph with these operators left out, and with the quantization that goes with them."""
    fixed = read_inside(graph.nodes)
    results = {}
    for node in graph.nodes:
        source = node.inputs[slots[node.name]] if node.name in slots else None
        if source is not None and node.output.name not in fixed:
            results[node.output.name] = source
    return handed_on(graph, results)


def _own(case: Case, kernel: Kernel) -> Iterator[Node]:
    """The model's operators behind a kernel: a runtime may run one as its parts."""
    for node in kernel.nodes:
        found = case.nodes.get(node.name) or case.maker(node.outputs[0] if node.outputs else None)
        if found is not None and not found.branches and found.op_type in _REMOVABLE:
            yield found


def _slot(case: Case, node: Node, names: Collection[str]) -> int | None:
    """The input to hand on: of two the one that nobody else reads, if the other one can go."""
    if len(node.outputs) != 1 or node.output.shape is None:
        return None
    active = {slot: t for slot, t in enumerate(node.inputs) if t is not None and not t.constant}
    alike = [
        slot
        for slot, tensor in active.items()
        if (tensor.shape, tensor.dtype) == (node.output.shape, node.output.dtype)
    ]
    for slot in sorted(alike, key=lambda slot: len(case.readers[active[slot].name])):
        others = (tensor for other, tensor in active.items() if other != slot)
        if all(_can_go(case, tensor, node, names) for tensor in others):
            return slot
    return None


def _can_go(case: Case, tensor: Tensor, reader: Node, names: Collection[str]) -> bool:
    """Whether nothing but element-wise operators falls when one reader is gone."""
    waiting = [(tensor, reader)]
    while waiting:
        tensor, reader = waiting.pop()
        maker = case.maker(tensor)
        others = [node for node in case.readers[tensor.name] if node is not reader]
        if others or maker is None or tensor.name in case.leaving:
            continue
        if maker.name not in names and maker.op_type not in TRANSPARENT:
            return False
        waiting += [(t, maker) for t in maker.inputs if t is not None and not t.constant]
    return True
