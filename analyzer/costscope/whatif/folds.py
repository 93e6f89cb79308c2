"""Batch norms and constant scalings that a linear operator beside them could take in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from costscope.graph.types import Graph, Node
from costscope.whatif.case import Case
from costscope.whatif.edit import bypassed
from costscope.whatif.inner import read_inside
from costscope.whatif.linear import (
    affine_data,
    channel_axis,
    is_linear,
    pads_nothing,
    shifted,
    shifts,
)
from costscope.work import KernelKind

_NORM = "BatchNormalization"
_VIEWS = ("Flatten", "Reshape", "Squeeze", "Unsqueeze", "Identity", "Dropout")
_SHIFTS = ("Add", "Sub")


@dataclass(frozen=True, slots=True)
class Fold:
    """Affine operators that linear ones beside them can take in.

    Attributes:
        affine: the operators that go.
        linear: the operators whose weights and biases take them in.
        slots: of each of the affine ones, the input that it hands on.
    """

    affine: tuple[Node, ...]
    linear: tuple[Node, ...]
    slots: Mapping[str, int]


def folds_of(case: Case) -> list[Fold]:
    """All folds; no operator is part of two."""
    inside = read_inside(case.graph.nodes)
    found: list[Fold] = []
    taken: set[str] = set()
    for node in case.graph.nodes:
        if is_linear(node) and node.output.name not in inside:
            fold = _behind(case, node)
            if fold is not None:
                found.append(fold)
                taken.update(each.name for each in fold.affine)
    for node in case.graph.nodes:
        if node.op_type == _NORM and node.name not in taken and node.output.name not in inside:
            fold = _in_front(case, node)
            if fold is not None:
                found.append(fold)
    return found


def _behind(case: Case, linear: Node) -> Fold | None:
    """The affine operators directly behind a linear one that this runtime runs apart."""
    axis = channel_axis(linear)
    chain: list[Node] = []
    slots: dict[str, int] = {}
    last = linear
    while True:
        follower = case.only_reader(last.output)
        data = affine_data(follower, axis)
        if follower is None or data is None or data.name != last.output.name:
            break
        slots[follower.name] = follower.inputs.index(data)
        chain.append(follower)
        last = follower
    if linear.op_type == "MatMul" and shifted(linear) is None:
        chain = _without_bias(chain)
    apart = tuple(node for node in chain if _runs_apart(case, node, linear))
    return Fold(apart, (linear,), slots) if apart else None


def _without_bias(chain: Sequence[Node]) -> list[Node]:
    """All but the first summand: it is the bias, and stays where the product can hold none."""
    for place, node in enumerate(chain):
        if node.op_type in _SHIFTS:
            return [*chain[:place], *chain[place + 1 :]]
    return list(chain)


def _in_front(case: Case, norm: Node) -> Fold | None:
    """A batch norm that all who read it could take in."""
    if affine_data(norm, 1) is None or not _runs_apart(case, norm, None):
        return None
    found = _readers(case, norm)
    readers = tuple(reader for reader in found if reader is not None and _takes(reader))
    if not readers or len(readers) < len(found):
        return None
    return Fold((norm,), readers, {norm.name: 0})


def _takes(reader: Node) -> bool:
    """Whether an operator can take in a batch norm of its data."""
    return is_linear(reader) and pads_nothing(reader) and shifted(reader) is not None


def _readers(case: Case, node: Node) -> list[Node | None]:
    """Who reads a result, in front of a matrix product through views; None for an output."""
    found: list[Node | None] = [None] if node.output.name in case.leaving else []
    for reader in case.readers.get(node.output.name, ()):
        behind = reader
        while behind.op_type in _VIEWS:
            following = case.only_reader(behind.output)
            if following is None:
                break
            behind = following
        seen = behind is reader or behind.op_type == "Gemm"
        found.append(behind if seen else reader)
    return found


def _runs_apart(case: Case, node: Node, linear: Node | None) -> bool:
    """Whether an operator is a kernel of its own, or several, outside that of a linear one."""
    kernel = case.kernel_of.get(node.name)
    if kernel is None:  # taken apart, or dropped
        return node.op_type == _NORM
    if kernel.kind is KernelKind.NORMALIZATION and len(kernel.nodes) > 1:
        return False
    return linear is None or all(each.name != linear.name for each in kernel.nodes)


def folded(graph: Graph, folds: Sequence[Fold]) -> Graph:
    """The graph with affine operators left out, and biases where they added something."""
    biased: dict[str, Node] = {}
    for fold in folds:
        for linear in fold.linear:
            changed = shifted(linear) if shifts(fold.affine) else linear
            if changed is not None and changed is not linear:
                biased[linear.name] = changed
    slots = {name: slot for fold in folds for name, slot in fold.slots.items()}
    names = {node.name for fold in folds for node in fold.affine}
    nodes = tuple(biased.get(node.name, node) for node in graph.nodes)
    constants = {**graph.constants}
    for node in biased.values():
        bias = node.inputs[2]
        if bias is not None:
            constants[bias.name] = bias
    return bypassed(replace(graph, nodes=nodes, constants=constants), names, slot=slots)
