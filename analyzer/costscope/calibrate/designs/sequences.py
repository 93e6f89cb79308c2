"""Recurrent layers over the positions of an image."""

from __future__ import annotations

from costscope.calibrate.designs import step
from costscope.calibrate.draw import Draw
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net

_GATES = {"LSTM": 4, "GRU": 3, "RNN": 1}
_MOST_STEPS = 200
_FEW_STEPS = 30


@step("recurrent", weight=0.35)
def recurrent(net: Net, x: Value, draw: Draw) -> Value:
    """An LSTM, a GRU or a plain recurrent layer, one position a step."""
    length = x.spatial[0] * x.spatial[1]
    if length > _MOST_STEPS:
        return x
    op_type = draw.weighted((("LSTM", 0.6), ("GRU", 0.3), ("RNN", 0.1)))
    hidden = draw.channels(16, 1400 if length < _FEW_STEPS else 300)
    gates = _GATES[op_type] * hidden
    steps = net.transpose(net.tokens(x), [1, 0, 2], "steps")
    weights = [
        net.weight("input.weight", (1, gates, x.channels)),
        net.weight("state.weight", (1, gates, hidden)),
        net.weight("bias", (1, 2 * gates), like="bias"),
    ]
    shape = (length, 1, x.shape[0], hidden)
    y = net.emit(op_type, [steps, *weights], op_type.lower(), shape, hidden_size=hidden)
    y = net.reshape(y, [length, x.shape[0], hidden], "all")
    y = net.transpose(y, [1, 0, 2], "batch")
    return net.image(y, x.spatial)
