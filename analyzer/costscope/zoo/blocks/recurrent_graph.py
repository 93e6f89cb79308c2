"""Recurrent cells that are graphs of nodes, unrolled step by step.

Source: Zilly et al. 2017, arXiv 1607.03474, Section 4 (recurrent highway networks: a chain of
gated nodes); Pham et al. 2018, arXiv 1802.03268, Section 2.1 and the authors' published code.
"""

from __future__ import annotations

from dataclasses import dataclass

from costscope.errors import ArchitectureError
from costscope.zoo.blocks import block
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net

_ACTIVATIONS = ("tanh", "relu", "sigmoid", "linear")
_GATED = 2


@dataclass(frozen=True, slots=True)
class _Cell:
    """A cell and the names of its weights, which all steps share."""

    nodes: list[tuple[int, str]]
    gated: bool
    entering: str
    weights: list[str]
    biases: list[str]


@block("recurrent_graph")
def recurrent_graph(
    net: Net,
    x: list[tuple[Value, Value] | Value],
    *,
    nodes: list[tuple[int, str]],
    gated: bool = True,
    bias: bool = False,
) -> tuple[Value, Value]:
    """A cell of nodes over a sequence; a step leaves the mean of nodes nothing takes.

    Args:
        net: the network.
        x: the embedded sequence (N, L, E) with its table, and the state (N, H) it starts from.
        nodes: of each node, the one it takes (1 is the first, 0 the step's input and state) and
            its activation: tanh, relu, sigmoid or linear.
        gated: whether a node mixes its value with what it takes by a gate (a highway).
        bias: whether nodes have biases.

    Raises:
        ArchitectureError: a node takes one that is not there, or has no such activation.
    """
    (sequence, table), state = _parts(x)
    _check(nodes)
    size, width = state.shape[1], state.shape[1] * (_GATED if gated else 1)
    names = [f"node{number}" for number in range(1, len(nodes) + 1)]
    cell = _Cell(
        nodes,
        gated,
        net.weight("input.weight", [sequence.shape[2], width]),
        [net.weight(f"{name}.weight", [size, width]) for name in names],
        [net.weight(f"{name}.bias", [width], like="bias") for name in names] if bias else [],
    )
    batch, length, features = sequence.shape
    outputs = []
    for step in range(length):
        with net.scope(f"step{step + 1}"):
            at = net.constant([step], [], "int64")
            word = net.emit("Gather", [sequence, at], "word", (batch, features), axis=1)
            state = _step(net, word, state, cell)
            outputs.append(state)
    joined = net.concat(outputs, "join")
    return net.reshape(joined, [batch, length, size], "part"), table


def _step(net: Net, word: Value, state: Value, cell: _Cell) -> Value:
    width = state.shape[1] * (_GATED if cell.gated else 1)
    values = [state]
    for number, (taken, kind) in enumerate(cell.nodes):
        with net.scope(f"node{number + 1}"):
            before = values[taken]
            shape = (before.shape[0], width)
            y = net.emit("MatMul", [before, cell.weights[number]], "recur", shape)
            if number == 0:
                own = net.emit("MatMul", [word, cell.entering], "input", shape)
                y = net.add(own, y)
            if cell.biases:
                y = net.emit("Add", [y, cell.biases[number]], "bias", shape)
            values.append(_gated(net, y, before, kind) if cell.gated else net.act(y, kind))
    used = {taken for taken, _ in cell.nodes}
    ends = [value for number, value in enumerate(values) if number and number not in used]
    total = net.total(ends)
    return total if len(ends) == 1 else net.times(total, 1 / len(ends), "mean")


def _gated(net: Net, y: Value, before: Value, kind: str) -> Value:
    """What was before, moved towards the new value as far as the gate opens."""
    size = before.shape[1]
    new, gate = net.split(y, [size, size])
    change = net.binary("Sub", net.act(new, kind), before, "change")
    return net.add(before, net.mul(change, net.act(gate, "sigmoid", "gate"), "move"), "next")


def _parts(x: list[tuple[Value, Value] | Value]) -> tuple[tuple[Value, Value], Value]:
    embedded, state = x
    if isinstance(embedded, Value) or not isinstance(state, Value):
        raise ArchitectureError("a recurrent graph takes an embedding and a state")
    return embedded, state


def _check(nodes: list[tuple[int, str]]) -> None:
    for number, (taken, kind) in enumerate(nodes):
        if not 0 <= taken <= number or (taken == 0) != (number == 0) or kind not in _ACTIVATIONS:
            raise ArchitectureError(f"node {number + 1} cannot be {kind} of node {taken}")
