"""Edits of a network drawn at random, as rules make them, and the price of the whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

from costscope.graph.types import Graph, Node
from costscope.whatif.case import Case, Saving
from costscope.whatif.convolution import convolution, widened
from costscope.whatif.edit import bypassed, constant, replaced, reshaped, retensored

# Operators of one operand, any of which may stand in the place of another.
_ACTIVATIONS = ("Relu", "Sigmoid", "Tanh", "HardSwish", "HardSigmoid", "LeakyRelu", "Softplus")
_ALIKE = (*_ACTIVATIONS, "Clip", "Erf", "Elu", "Gelu", "Mish")


@dataclass(frozen=True)
class Edit:
    """A changed graph, and in words what was done."""

    name: str
    graph: Graph


def whole_saving(case: Case, changed: Graph) -> Saving:
    """The saving as the difference of two whole analyses: the truth that windows stand for."""
    before, after = case.deployment, case.deployed(changed)
    latency_s = None
    if before.prediction and after.prediction and _unpriced(before) == _unpriced(after):
        was, would_be = before.prediction.latency_s, after.prediction.latency_s
        latency_s = None if was is None or would_be is None else was - would_be
    return Saving(
        latency_s=latency_s,
        latency_ratio=None,
        traffic_bytes=before.totals.traffic_bytes - after.totals.traffic_bytes,
        macs=before.totals.work.macs - after.totals.work.macs,
    )


def _unpriced(deployment) -> set[tuple[str, int, int]]:
    kernels = (t.step.kernel for t in deployment.prediction.timings if t.latency_s is None)
    return {(k.name, k.traffic.total_bytes, k.work.macs) for k in kernels}


def edits(case: Case, random: Random, many: int) -> list[Edit]:
    """So many edits; fewer where a kind of edit finds no place."""
    found = (_KINDS[random.randrange(len(_KINDS))](case, random) for _ in range(many))
    return [edit for edit in found if edit is not None]


def _bypass(case: Case, random: Random) -> Edit | None:
    """An operator that keeps the shape is left out."""
    places = [
        node
        for node in case.graph.nodes
        if len(node.outputs) == 1
        and not node.branches
        and node.inputs
        and node.inputs[0] is not None
        and node.inputs[0].shape == node.output.shape is not None
    ]
    node = random.choice(places) if places else None
    return node and Edit(f"without {node.name}", bypassed(case.graph, {node.name}))


def _bypass_several(case: Case, random: Random) -> Edit | None:
    """A few of them at once, anywhere."""
    one = [edit for edit in (_bypass(case, random) for _ in range(3)) if edit is not None]
    names = {edit.name.removeprefix("without ") for edit in one}
    return Edit(f"without {sorted(names)}", bypassed(case.graph, names)) if names else None


def _activation(case: Case, random: Random) -> Edit | None:
    """An activation becomes another one."""
    places = [node for node in case.graph.nodes if node.op_type in _ALIKE and not node.branches]
    if not places:
        return None
    node, op = random.choice(places), random.choice(_ACTIVATIONS)
    other = replace(node, op_type=op, domain="", inputs=node.inputs[:1], attributes={})
    return Edit(f"{op} for {node.name}", replaced(case.graph, {node.name: (other,)}))


def _widths(case: Case, random: Random) -> Edit | None:
    """A convolution gets other widths or other groups."""
    found = [(k, c) for k in case.deployment.kernels if (c := convolution(k)) is not None]
    if not found:
        return None
    kernel, conv = random.choice(found)
    factor = random.choice((0.5, 1.0, 1.25, 2.0, 4.0))
    groups = random.choice((1, conv.groups))
    channels = max(groups, round(conv.channels * factor) // groups * groups)
    filters = max(groups, round(conv.filters / factor) // groups * groups)
    changed = widened(case.graph, kernel, conv, channels=channels, filters=filters, groups=groups)
    return Edit(f"{channels} to {filters} in {groups} for {kernel.name}", changed)


def _branch(case: Case, random: Random) -> Edit | None:
    """One side of an addition, a product or a concatenation is left out."""
    places = [
        (node, slot)
        for node in case.graph.nodes
        if node.op_type in ("Add", "Mul") and not node.branches
        for slot, tensor in enumerate(node.inputs)
        if tensor is not None and not tensor.constant and tensor.shape == node.output.shape
    ]
    if not places:
        return None
    node, slot = random.choice(places)
    changed = bypassed(case.graph, {node.name}, slot={node.name: slot})
    return Edit(f"only side {slot} of {node.name}", changed)


def _insert(case: Case, random: Random) -> Edit | None:
    """An operator is followed by a new one: an activation, a copy, a Transpose, a bias."""
    places = [
        node
        for node in case.graph.nodes
        if len(node.outputs) == 1 and not node.branches and node.output.shape
    ]
    if not places:
        return None
    node = random.choice(places)
    bare = replace(node.output, name=f"{node.output.name} bare")
    kind = random.choice(("Relu", "Identity", "Sigmoid", "Add", "Transposes"))
    new = tuple(_behind(kind, node, bare))
    graph = replaced(case.graph, {node.name: (replace(node, outputs=(bare,)), *new)})
    return Edit(f"{kind} behind {node.name}", graph)


def _behind(kind: str, node: Node, bare) -> list[Node]:
    name = f"{node.name} {kind}"
    if kind == "Add":
        bias = constant(f"{name} bias", bare.shape[1:2] or (1,), bare)
        return [_node(name, "Add", node, (bare, bias), node.output)]
    if kind != "Transposes":
        return [_node(name, kind, node, (bare,), node.output)]
    back = tuple(reversed(range(len(bare.shape))))
    turned = replace(bare, name=f"{bare.name} turned", shape=bare.shape[::-1])
    return [
        _node(f"{name} 1", "Transpose", node, (bare,), turned, perm=back),
        _node(f"{name} 2", "Transpose", node, (turned,), node.output, perm=back),
    ]


def _node(name: str, op: str, like: Node, inputs, output, **attributes) -> Node:
    return Node(name, op, "", like.version, tuple(inputs), (output,), attributes)


def _map(case: Case, random: Random) -> Edit | None:
    """A tensor is seen in another size by all that touch it."""
    shapes = {
        t.name: t.shape for n in case.graph.nodes for t in n.outputs if len(t.shape or ()) > 3
    }
    if not shapes:
        return None
    name = random.choice(list(shapes))
    shape = shapes[name]
    edit = reshaped({name: (*shape[:2], *(max(1, size // 2) for size in shape[2:]))})
    touching = {
        n.name
        for n in case.graph.nodes
        if any(t is not None and t.name == name for t in (*n.inputs, *n.outputs))
    }
    return Edit(f"half of {name}", retensored(case.graph, edit, touching))


_KINDS: tuple[Callable[[Case, Random], Edit | None], ...] = (
    _bypass,
    _bypass_several,
    _activation,
    _widths,
    _branch,
    _insert,
    _map,
)
