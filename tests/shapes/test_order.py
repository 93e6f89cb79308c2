"""Nodes are walked in an order in which every input exists, or refused in one sentence."""

from __future__ import annotations

from typing import Any

import pytest
from onnx import ModelProto, parser

from costscope.errors import ModelError
from costscope.shapes import resolve


def parse(body: str, *, inputs: str = "float[1,4] x", outputs: str = "float[] y") -> ModelProto:
    model: Any = parser.parse_model(
        f'<ir_version: 8, opset_import: ["" : 18]> g ({inputs}) => ({outputs}) {{ {body} }}'
    )
    return model


def test_unsorted_nodes_are_sorted_stably() -> None:
    model = parse("[c] y = Add(a, b) [b] b = Exp(a) [a] a = Relu(x) [d] z = Neg(x)")

    assert [node.name for node in resolve(model).nodes] == ["a", "d", "b", "c"]


def test_sorted_nodes_stay_as_they_are() -> None:
    model = parse("[d] z = Neg(x) [a] a = Relu(x) [b] b = Exp(a) [c] y = Add(a, b)")

    assert [node.name for node in resolve(model).nodes] == ["d", "a", "b", "c"]


def test_a_graph_inside_a_node_waits_for_what_it_reads() -> None:
    model = parse(
        "[i] y = If (c) <then_branch = t () => (float[] p) { p = Neg(late) },"
        " else_branch = e () => (float[] q) { q = Exp(late) }>"
        "[l] late = Relu(x)",
        inputs="bool c, float[1,4] x",
    )

    assert [node.name for node in resolve(model).nodes] == ["l", "i"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("[a] a = Add(x, b) [b] b = Relu(a) y = Neg(b)", "the graph has a cycle: 'a' waits"),
        ("[a] y = Add(x, y)", "the graph has a cycle: 'a' waits for its own output"),
        ("y = Add(x, nothing)", "tensor 'nothing' is read but nothing produces it"),
        ("y = Relu(x) y = Neg(x)", "tensor 'y' is produced twice"),
        ("x = Relu(x) y = Neg(x)", "tensor 'x' is produced twice"),
        ("[n] a = Relu(x) [n] y = Neg(a)", "node name 'n' stands twice"),
        ("a = Relu(x)", "graph output 'y' is produced by no node"),
    ],
)
def test_wrong_graphs_are_refused(body: str, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        resolve(parse(body))


def test_an_empty_graph_is_refused() -> None:
    with pytest.raises(ModelError, match="the graph has no nodes"):
        resolve(parse("", outputs="float[] x"))


def test_a_node_without_outputs_is_refused() -> None:
    model = parse("y = Relu(x)")
    model.graph.node[0].output[0] = ""

    with pytest.raises(ModelError, match=r"node 'Relu_0' \(Relu\) has no outputs"):
        resolve(model)


def test_a_name_we_give_never_takes_one_of_the_file() -> None:
    # The first node has no name; the second is called what we would have called the first.
    model = parse("a = Relu(x) [Relu_0] y = Relu(a)")

    names = [node.name for node in resolve(model).nodes]

    assert names[1] == "Relu_0"
    assert len(set(names)) == 2


def test_thousands_of_nodes_in_reverse() -> None:
    count = 3000
    lines = [f"t{i + 1} = Relu(t{i})" for i in range(count)]
    model = parse(" ".join(reversed(lines)), inputs="float[1,4] t0", outputs=f"float[] t{count}")

    assert len(resolve(model).nodes) == count
