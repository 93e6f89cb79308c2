"""Recurrent layers: RNN, GRU and LSTM over a whole sequence."""

from __future__ import annotations

from collections.abc import Sequence

from costscope.errors import ShapeError
from costscope.graph.types import Node, TensorType
from costscope.ops import Site, Slot, op, shape_of
from costscope.work import KernelKind, Work

_GATES = {"RNN": 1, "GRU": 3, "LSTM": 4}
_DEFAULTS = {
    "RNN": ("Tanh",),
    "GRU": ("Sigmoid", "Tanh"),
    "LSTM": ("Sigmoid", "Tanh", "Tanh"),
}
# How many gates, or cells, of a step go through each of the activations.
_USES = {"RNN": (1,), "GRU": (2, 1), "LSTM": (3, 1, 1)}
# Work on one number that is no activation and no matrix product:
# GRU: r*h, (1-z)*h', z*h and a sum; LSTM: f*c + i*c', o*tanh(c).
_CELL = {"RNN": 0, "GRU": 5, "LSTM": 4}
# (vector, special) operations of an activation; the table of elementwise operators agrees.
_ACTIVATIONS = {
    "relu": (1, 0),
    "tanh": (0, 1),
    "sigmoid": (3, 1),
    "affine": (2, 0),
    "leakyrelu": (3, 0),
    "thresholdedrelu": (2, 0),
    "scaledtanh": (2, 1),
    "hardsigmoid": (4, 0),
    "elu": (4, 1),
    "softsign": (3, 0),
    "softplus": (1, 2),
}
_BIAS, _LENGTHS = Slot.BIAS, Slot.SETTING


@op("RNN", "GRU", "LSTM", kind=KernelKind.RECURRENT, slots={3: _BIAS, 4: _LENGTHS})
def recurrent(node: Node) -> Work:
    """A recurrent layer: two matrix products a step, then gates.

    macs = steps * directions * batch * gates * hidden * (input + hidden), with 1, 3 and 4
    gates in RNN, GRU and LSTM. Per gate and hidden unit 1 addition joins the products and
    1 adds the bias (both biases folded into one); then the activations and the cell. Each
    of LSTM's three peepholes is a product and an addition. All steps count, whatever
    `sequence_lens` says.

    Shapes:
        X: (steps, batch, input), or (batch, steps, input) with layout 1
        W: (directions, gates*hidden, input)    R: (directions, gates*hidden, hidden)
    """
    kind, weights, inner = node.op_type, node.shape(1), node.shape(2)[-1]
    gates = _GATES[kind]
    steps, batch, features = node.shape(0)
    units = steps * batch * weights[0] * inner
    vector = _CELL[kind] + gates * (1 + (node.input(3) is not None))
    vector += 6 * (node.input(7) is not None)
    activations = _activations(node) * units
    macs = units * gates * (features + inner)
    return Work(macs, vector_ops=vector * units) + activations


def _activations(node: Node) -> Work:
    """Activations of one hidden unit in one step; those of the first direction speak for all."""
    kind = node.op_type
    names = node.attributes.get("activations", ()) or _DEFAULTS[kind]
    vector = special = 0
    for name, uses in zip(names, _USES[kind], strict=False):
        one = _ACTIVATIONS.get(str(name).lower(), (0, 1))
        vector += uses * one[0]
        special += uses * one[1]
    return Work(vector_ops=vector, special_ops=special)


@shape_of("RNN", "GRU", "LSTM")
def recurrent_shape(site: Site) -> Sequence[TensorType]:
    """All hidden states, the last one, and LSTM's last cell.

    Shapes:
        Y: (steps, directions, batch, hidden), or (batch, steps, directions, hidden)
        Y_h, Y_c: (directions, batch, hidden), or (batch, directions, hidden)
    """
    data, weight, recurrence = site.shape(0), site.shape(1), site.shape(2)
    if len(data) != 3 or len(weight) != 3 or len(recurrence) != 3:
        raise ShapeError("its input, W and R must have three axes each")
    gates, (directions, rows, hidden) = _GATES[site.op_type], recurrence
    both = site.attributes.get("direction", "forward") == "bidirectional"
    if weight != (directions, rows, data[2]) or rows != gates * hidden or directions != 1 + both:
        raise ShapeError(
            f"W {list(weight)} and R {list(recurrence)} do not fit an input of shape "
            f"{list(data)} and {gates} gate{'s' if gates > 1 else ''}"
        )
    dtype = site.input(0).dtype
    if site.attributes.get("layout", 0):
        whole, last = (*data[:2], directions, hidden), (data[0], directions, hidden)
    else:
        whole, last = (data[0], directions, data[1], hidden), (directions, data[1], hidden)
    return [TensorType(whole, dtype), *[TensorType(last, dtype)] * 2][: len(site.outputs)]
