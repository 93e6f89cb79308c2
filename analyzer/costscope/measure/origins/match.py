"""Which original nodes each kernel stands for, clue by clue."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

from costscope.graph.types import Node
from costscope.measure.origins.original import Original
from costscope.ops import kind_of
from costscope.work import KernelKind

_SUMS = frozenset({"Add", "Sum"})
_WORKED_IN = frozenset({KernelKind.ELEMENTWISE, KernelKind.NORMALIZATION, KernelKind.QUANTIZATION})
# Clamped and rounded on the way out.
_QUANTIZED, _CLAMPS = ("QLinear", "QGemm"), ("Clip", "QuantizeLinear", "Relu")
_PRODUCTS = ("Conv", "Gemm", "MatMul")


class Match:
    """Kernels on their way to regions of the original graph.

    Args:
        kernels: nodes of the optimised graph, in order.
        layout: places of those that only rearrange data.
        original: the other graph.
    """

    def __init__(self, kernels: Sequence[Node], layout: set[int], original: Original) -> None:
        self._kernels, self._layout, self._original = kernels, layout, original
        self._regions: list[set[str]] = [set() for _ in kernels]
        self._owners: dict[str, set[int]] = {}
        self._made_by = {t.name: place for place, k in enumerate(kernels) for t in k.outputs}
        self._alias = self._aliases()
        self._sources = [self._feeding(kernel) for kernel in kernels]
        self._readers: defaultdict[int, list[int]] = defaultdict(list)
        for place, feeding in enumerate(self._sources):
            for other in feeding if place not in layout else ():
                self._readers[other].append(place)

    def regions(self) -> list[set[str]]:
        """The original nodes of each kernel; none for layout kernels."""
        self._by_name()
        self._by_operator()
        self._activations()
        self._between()
        self._closed()
        self._worked_in()
        self._shared()
        return self._regions

    def _own(self, kernel: int, node: str) -> None:
        self._regions[kernel].add(node)
        self._owners.setdefault(node, set()).add(kernel)

    def _aliases(self) -> dict[str, str]:
        """Original tensors by those of the optimised graph, through layout kernels too."""
        found = {}
        for kernel in self._kernels:
            for tensor in (*kernel.inputs, *kernel.outputs):
                name = None if tensor is None else self._original.tensor(tensor.name)
                if tensor is not None and name is not None:
                    found[tensor.name] = name
        layout = [self._kernels[place] for place in sorted(self._layout)]
        for order in (layout, layout[::-1]):
            for kernel in order:
                first, result = kernel.inputs[0], kernel.output.name
                if first is not None and result in found:
                    found.setdefault(first.name, found[result])
                elif first is not None and first.name in found:
                    found.setdefault(result, found[first.name])
        return found

    def _feeding(self, kernel: Node) -> set[int]:
        """The kernels that make what one reads, layout kernels looked through."""
        found = set()
        for tensor in kernel.inputs:
            place = None if tensor is None else self._made_by.get(tensor.name)
            while place in self._layout and place is not None:
                first = self._kernels[place].inputs[0]
                place = None if first is None else self._made_by.get(first.name)
            if place is not None:
                found.add(place)
        return found

    def _open(self) -> Iterator[str]:
        """Original nodes that no kernel stands for yet, in order."""
        return (name for name in self._original.live if name not in self._owners)

    def _by_name(self) -> None:
        """Nodes that make the tensors that a kernel makes, or that it is called after."""
        for place, kernel in enumerate(self._kernels):
            if place in self._layout:
                continue
            for tensor in kernel.outputs:
                maker = self._original.maker.get(self._alias.get(tensor.name, ""))
                if maker is not None:
                    self._own(place, maker)
            called = self._original.called(kernel.name)
            if called is not None:
                self._own(place, called)

    def _by_operator(self) -> None:
        """Where names say nothing: the next node of the same operator and size."""
        waiting: defaultdict[tuple[str, int], list[str]] = defaultdict(list)
        for name in reversed(list(self._open())):
            node = self._original.nodes[name]
            waiting[node.op_type, node.output.elements].append(name)
        for place, kernel in enumerate(self._kernels):
            if place not in self._layout and not self._regions[place]:
                op_type = kernel.op_type.removeprefix("Fused").removeprefix("QLinear")
                same = waiting[op_type, kernel.output.elements]
                if same:
                    self._own(place, same.pop())

    def _activations(self) -> None:
        """Sums, activations and batch norms that a kernel has taken in behind its product."""
        for name in list(self._open()):
            node = self._original.nodes[name]
            operands = self._original.before(name)
            places = set().union(*(self._owners.get(each, ()) for each in operands))
            for place in sorted(places, reverse=True):
                if self._takes_in(place, node, places):
                    self._own(place, name)
                    break

    def _takes_in(self, place: int, node: Node, operands: set[int]) -> bool:
        """Whether a kernel does what stands behind it: it has the operand, or says so."""
        kernel = self._kernels[place]
        if kernel.op_type.startswith(_QUANTIZED) and node.op_type in _CLAMPS:
            return True
        if not kernel.op_type.endswith(_PRODUCTS):
            return False
        if node.op_type in _SUMS:
            others = operands - {place}
            return others <= self._sources[place] and bool(others or kernel.input(2))
        if node.op_type == "BatchNormalization":
            return True
        return bool(kernel.attributes.get("activation") == node.op_type)

    def _between(self) -> None:
        """Open nodes that lie behind what feeds a kernel and before what reads it."""
        for place in range(len(self._kernels)):
            if place in self._layout or self._regions[place]:
                continue
            behind = self._reached(self._sources[place], self._original.behind)
            before = self._reached(self._readers[place], self._original.before)
            for name in behind & before:
                self._own(place, name)

    def _reached(self, places: Iterable[int], step: Callable[[str], list[str]]) -> set[str]:
        """Open nodes that can be reached from kernels through open nodes."""
        found: set[str] = set()
        edge = [name for place in places for name in self._regions[place]]
        while edge:
            for name in step(edge.pop()):
                if name not in self._owners and name not in found:
                    found.add(name)
                    edge.append(name)
        return found

    def _closed(self) -> None:
        """Open nodes whose every reader is of one kernel, unless it reads them from outside."""
        for name in reversed(list(self._open())):
            readers = [self._owners.get(each, set()) for each in self._original.behind(name)]
            places = set.intersection(*readers) if readers else set()
            if self._original.leaves(name) or not places:
                continue
            place = min(places)
            made = {tensor.name for tensor in self._original.nodes[name].outputs}
            read = {self._alias.get(t.name) for t in self._kernels[place].inputs if t is not None}
            if not made & read:
                self._own(place, name)

    def _worked_in(self) -> None:
        """Open nodes with one operand that is no constant: worked into what makes it."""
        for name in list(self._open()):
            before = self._original.before(name)
            places = self._owners.get(before[0], set()) if len(set(before)) == 1 else set()
            able = [p for p in places if _computes(self._kernels[p])]
            if able and kind_of(self._original.nodes[name]) in _WORKED_IN:
                self._own(max(able), name)

    def _shared(self) -> None:
        """Parts of an operator that runs as several kernels: what reads them knows of which."""
        for place in reversed(range(len(self._kernels))):
            if place in self._layout or self._regions[place]:
                continue
            for reader in self._readers[place]:
                self._regions[place] |= self._regions[reader]


def _computes(kernel: Node) -> bool:
    """Whether what stands behind a kernel can be worked into its constants or its rounding."""
    return kernel.op_type.endswith(_PRODUCTS) or kernel.op_type.startswith(_QUANTIZED)
