"""Float kernels among quantized ones, and the same with their tensors quantized, too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from costscope.dtypes import INT8
from costscope.graph.types import Graph, Node, Storage, Tensor
from costscope.kernels.types import Kernel
from costscope.ops import Slot, slot_of
from costscope.whatif.case import Case
from costscope.whatif.conversion import DEQUANTIZE, QUANTIZE, back, pair
from costscope.whatif.edit import replaced
from costscope.work import FREE, KernelKind

_FLOATS = ("float32", "float16")


@dataclass(frozen=True, slots=True, kw_only=True)
class Island:
    """Float kernels that hand floats to each other.

    Attributes:
        kernels: in order.
        conversions: kernels of QuantizeLinear and DequantizeLinear at its edges.
        bare: tensors inside it that are not quantized.
        weights: constants that are stored as floats.
        enters: operators that dequantize what it reads.
        leaves: operators that quantize what it makes.
    """

    kernels: tuple[Kernel, ...]
    conversions: tuple[Kernel, ...]
    bare: tuple[Tensor, ...]
    weights: tuple[Tensor, ...]
    enters: tuple[Node, ...]
    leaves: tuple[Node, ...]

    @property
    def running(self) -> tuple[Kernel, ...]:
        """Those of its kernels that a runtime launches."""
        return tuple(kernel for kernel in self.kernels if kernel.kind not in FREE)

    @property
    def is_between(self) -> bool:
        """Whether it stands between quantized tensors on both sides."""
        return bool(self.enters and self.leaves)

    @property
    def is_quantized(self) -> bool:
        """Whether the file has it quantized, so that only the runtime leaves it in floats."""
        return not self.bare and not self.weights


def islands(case: Case) -> tuple[Island, ...]:
    """The islands of a graph, in order; views alone are none."""
    floats = [kernel for kernel in case.deployment.kernels if _is_float(kernel)]
    maker = {tensor.name: k.name for k in floats for tensor in k.writes}
    group = _Groups(kernel.name for kernel in floats)
    bare: dict[str, Tensor] = {}
    for kernel in floats:
        for tensor in kernel.reads:
            if tensor.name in maker and tensor.dtype.is_float:
                bare[tensor.name] = tensor
                group.join(maker[tensor.name], kernel.name)
    members: dict[str, list[Kernel]] = {}
    for kernel in floats:
        members.setdefault(group.of(kernel.name), []).append(kernel)
    edges = _Edges(case.deployment.kernels)
    found = (_island(kernels, bare, edges) for kernels in members.values())
    return tuple(each for each in found if each.running)


class _Groups:
    """Names that belong together."""

    def __init__(self, names: Iterable[str]) -> None:
        self._above = {name: name for name in names}

    def of(self, name: str) -> str:
        """The name that stands for a group."""
        while self._above[name] != name:
            self._above[name] = self._above[self._above[name]]
            name = self._above[name]
        return name

    def join(self, first: str, second: str) -> None:
        """Make two groups one."""
        self._above[self.of(second)] = self.of(first)


class _Edges:
    """Kernels that convert, by the tensors that they make and read."""

    def __init__(self, kernels: Sequence[Kernel]) -> None:
        self.making: dict[str, list[Kernel]] = {}
        self.reading: dict[str, list[Kernel]] = {}
        for kernel in kernels:
            if kernel.kind is KernelKind.QUANTIZATION:
                for tensor in kernel.writes:
                    self.making.setdefault(tensor.name, []).append(kernel)
                for tensor in kernel.reads:
                    self.reading.setdefault(tensor.name, []).append(kernel)


def _is_float(kernel: Kernel) -> bool:
    """Whether it computes in floats; conversions are at the edge."""
    return (
        kernel.compute_dtype in _FLOATS
        and kernel.kind is not KernelKind.QUANTIZATION
        and kernel.problem is None
    )


def _island(kernels: Sequence[Kernel], bare: Mapping[str, Tensor], edges: _Edges) -> Island:
    made = {tensor.name: tensor for kernel in kernels for tensor in kernel.writes}
    read = {tensor.name for kernel in kernels for tensor in kernel.reads}
    inside = [node for kernel in kernels for node in kernel.nodes]
    before = [kernel for name in sorted(read) for kernel in edges.making.get(name, ())]
    behind = [kernel for name in made for kernel in edges.reading.get(name, ())]
    entering = (*inside, *(node for kernel in before for node in kernel.nodes))
    leaving = (*inside, *(node for kernel in behind for node in kernel.nodes))
    return Island(
        kernels=tuple(kernels),
        conversions=tuple({k.name: k for k in (*before, *behind)}.values()),
        bare=tuple(tensor for name, tensor in made.items() if name in bare),
        weights=tuple(_float_weights(inside)),
        enters=_unique(node for node in entering if _converts(node, DEQUANTIZE)),
        leaves=_unique(node for node in leaving if _converts(node, QUANTIZE)),
    )


def _unique(nodes: Iterable[Node]) -> tuple[Node, ...]:
    return tuple({node.name: node for node in nodes}.values())


def _converts(node: Node, op_type: str) -> bool:
    """Whether it is a conversion of an activation."""
    source = node.input(0)
    return node.op_type == op_type and source is not None and not source.constant


def _float_weights(nodes: Iterable[Node]) -> Iterator[Tensor]:
    """Weights that are stored as floats; a literal is no weight."""
    for node in nodes:
        for slot, tensor in enumerate(node.inputs):
            if tensor is None or not tensor.constant or tensor.elements <= 1:
                continue
            is_weight = slot_of(node.key, slot) is Slot.WEIGHT
            if is_weight and tensor.dtype.is_float and tensor.stored_dtype.is_float:
                yield tensor


def quantized(case: Case, among: Iterable[Island]) -> Graph:
    """The graph with a QuantizeLinear and a DequantizeLinear on every bare tensor of islands.

    Their weights are stored in 8 bits. Whether integer kernels come of it is the runtime's choice.
    """
    weights: set[str] = set()
    touched: set[str] = set()
    returned: dict[str, Tensor] = {}
    behind: dict[str, list[Node]] = {}
    for island in among:
        weights.update(tensor.name for tensor in island.weights)
        touched.update(node.name for kernel in island.kernels for node in kernel.nodes)
        for tensor in island.bare:
            maker = case.makers.get(tensor.name)
            if maker is not None:
                both = _pair(case, island, tensor)
                returned[tensor.name] = both[-1].output
                behind.setdefault(maker.name, []).extend(both)
    touched.update(behind)
    touched.update(node.name for name in returned for node in case.readers.get(name, ()))
    new: dict[str, Iterable[Node]] = {}
    for name in touched & case.nodes.keys():
        node = case.nodes[name]
        read = node if node.op_type == QUANTIZE else _reading(node, returned, weights)
        pairs = (each for each in behind.get(name, ()) if each.name not in case.nodes)
        new[name] = (read, *pairs)
    return replaced(case.graph, new)


def _pair(case: Case, island: Island, tensor: Tensor) -> tuple[Node, ...]:
    """The operators that quantize a tensor and bring it back; the first may be there already."""
    readers = case.readers.get(tensor.name, ())
    there = next((node for node in readers if node.op_type == QUANTIZE), None)
    if there is None:
        return pair(tensor, island.leaves[0], island.enters[0])
    return there, back(tensor, there, island.enters[0])


def _reading(node: Node, returned: Mapping[str, Tensor], weights: set[str]) -> Node:
    """The operator reading what was quantized, with weights in 8 bits."""
    inputs: list[Tensor | None] = []
    for tensor in node.inputs:
        if tensor is not None and tensor.name in weights:
            name = f"{tensor.name} in 8 bits"
            inputs.append(replace(tensor, name=name, sources=(name,), storage=Storage(INT8)))
        else:
            inputs.append(returned.get(tensor.name, tensor) if tensor is not None else None)
    # Another way to store a weight makes other kernels: a new name says that it is another node.
    stored = any(tensor is not None and tensor.name in weights for tensor in node.inputs)
    name = f"{node.name} in 8 bits" if stored else node.name
    return replace(node, name=name, inputs=tuple(inputs))
