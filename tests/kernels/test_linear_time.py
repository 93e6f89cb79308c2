"""Fusing and scheduling take steps in proportion to the length of a network.

Steps are counted as calls of Python functions, so a busy machine does not matter.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

import pytest

from costscope.dtypes import FLOAT32
from costscope.graph.types import Graph, Node, Tensor
from costscope.kernels.fuse import fuse
from costscope.kernels.runtimes import RUNTIMES
from costscope.schedule.layerwise import layerwise

SHORT, LONG = 200, 2000
# One of those that fuse alike: their names make no difference to the steps.
DIFFERENT = list({(each.fusion, each.in_place): name for name, each in RUNTIMES.items()}.values())
WEIGHT = Tensor("w", (8, 8, 1, 1), FLOAT32, constant=True, sources=("w",))


def chain(length: int, operators: Sequence[str]) -> Graph:
    first = value = Tensor("x", (1, 8, 4, 4), FLOAT32)
    nodes = []
    for place in range(length):
        op = operators[place % len(operators)]
        output = Tensor(f"t{place}", (1, 8, 4, 4), FLOAT32)
        inputs = {"Conv": (value, WEIGHT), "Add": (value, first)}.get(op, (value,))
        attributes = {"perm": (0, 1, 3, 2)} if op == "Transpose" else {}
        nodes.append(Node(f"n{place}", op, "", 17, inputs, (output,), attributes))
        value = output
    return Graph("g", tuple(nodes), (first,), (value,), {"w": WEIGHT}, {"": 17})


def calls(work: Callable[[], object]) -> int:
    count = 0

    def watch(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event == "call"

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("runtime", DIFFERENT)
@pytest.mark.parametrize(
    "operators",
    [
        ("Relu",), ("Conv", "Relu"), ("Identity", "Relu"), ("Transpose", "Relu"),
        ("Conv", "Relu", "Add"), ("Exp", "Sigmoid"),
    ],
    ids="-".join,
)  # fmt: skip
def test_ten_times_as_long_takes_ten_times_the_steps(
    operators: Sequence[str], runtime: str
) -> None:
    def analyse(graph: Graph) -> None:
        kernels, _ = fuse(graph, RUNTIMES[runtime])
        layerwise(kernels, graph.inputs, graph.outputs, RUNTIMES[runtime])

    short, long = chain(SHORT, operators), chain(LONG, operators)
    analyse(chain(10, operators))  # what is done once a process
    few, many = calls(lambda: analyse(short)), calls(lambda: analyse(long))

    assert many / LONG < 1.05 * few / SHORT
