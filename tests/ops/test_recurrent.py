"""Recurrent layers, counted in loops over steps and gates."""

from __future__ import annotations

from typing import Any

import pytest

from costscope.errors import ShapeError
from costscope.ops import Slot, slot_of
from costscope.work import Work
from single_node import node_of, work

STEPS, BATCH, INPUT, HIDDEN = 7, 3, 5, 4
X = (STEPS, BATCH, INPUT)


def weights(gates: int, directions: int = 1) -> list[tuple[int, ...]]:
    return [(directions, gates * HIDDEN, INPUT), (directions, gates * HIDDEN, HIDDEN)]


def macs_in_loops(gates: int, directions: int) -> int:
    count = 0
    for _direction in range(directions):
        for _step in range(STEPS):
            for _sample in range(BATCH):
                for _row in range(gates * HIDDEN):
                    count += INPUT + HIDDEN
    return count


@pytest.mark.parametrize("direction", ["forward", "reverse", "bidirectional"])
@pytest.mark.parametrize(("op_type", "gates"), [("RNN", 1), ("GRU", 3), ("LSTM", 4)])
def test_macs(op_type: str, gates: int, direction: str) -> None:
    directions = 2 if direction == "bidirectional" else 1

    found = work(op_type, X, *weights(gates, directions), direction=direction)

    assert found.macs == macs_in_loops(gates, directions)


UNITS = STEPS * BATCH * HIDDEN


@pytest.mark.parametrize(
    ("op_type", "gates", "vector", "special"),
    [
        # one sum, tanh
        ("RNN", 1, 1, 1),
        # three sums, two sigmoids of 3 operations; reset, (1-z)*h' + z*h
        ("GRU", 3, 3 + 6 + 1 + 4, 3),
        # four sums, three sigmoids; f*c + i*c', o*tanh(c)
        ("LSTM", 4, 4 + 9 + 3 + 1, 5),
    ],
)
def test_gates(op_type: str, gates: int, vector: int, special: int) -> None:
    found = work(op_type, X, *weights(gates))

    assert (found.vector_ops, found.special_ops) == (UNITS * vector, UNITS * special)
    biased = work(op_type, X, *weights(gates), (1, 2 * gates * HIDDEN))
    assert biased.vector_ops - found.vector_ops == UNITS * gates


def test_peepholes_add_three_products_and_sums() -> None:
    plain = work("LSTM", X, *weights(4))

    found = work("LSTM", X, *weights(4), None, None, None, None, (1, 3 * HIDDEN))

    assert found == plain + Work(vector_ops=6 * UNITS)


def test_other_activations() -> None:
    found = work("RNN", X, *weights(1), activations=["Relu"])

    assert (found.vector_ops, found.special_ops) == (UNITS * 2, 0)


def test_layout_does_not_change_the_work() -> None:
    batch_first = work("LSTM", (BATCH, STEPS, INPUT), *weights(4), layout=1)

    assert batch_first == work("LSTM", X, *weights(4))


def test_slots() -> None:
    assert [slot_of(("", "LSTM"), slot) for slot in (1, 2, 3, 4)] == [
        Slot.WEIGHT,
        Slot.WEIGHT,
        Slot.BIAS,
        Slot.SETTING,
    ]


@pytest.mark.parametrize(
    ("inputs", "attributes", "sentence"),
    [
        ([(7, 5), *weights(4)], {}, "three axes each"),
        ([X, *weights(3)], {}, "and 4 gates"),
        ([X, *weights(4)], {"direction": "bidirectional"}, "do not fit an input"),
        ([(7, 3, 6), *weights(4)], {}, r"input of shape \[7, 3, 6\]"),
    ],
)
def test_contradictions_are_told(
    inputs: list[Any], attributes: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ShapeError, match=sentence):
        node_of("LSTM", *inputs, **attributes)
