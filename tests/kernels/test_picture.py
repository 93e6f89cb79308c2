"""Pictures of subgraphs: what they fit, and the nearest thing that they do not."""

from __future__ import annotations

from dataclasses import replace

import pytest

import written
from costscope.kernels.draft import Draft
from costscope.kernels.picture import (
    Const,
    Match,
    Missing,
    Op,
    Out,
    Scalar,
    Var,
    draw,
    find,
    operators,
)

PAIR = f"{written.IMAGE}, float[1,8,6,6] u"
x = Var("x")
GATED = draw("Mul", x, draw("Sigmoid", x, name="gate"))


def found(picture: Op, body: str, inputs: str = PAIR, outputs: str = "float[] y") -> Match | None:
    """How a picture fits the operator that makes y."""
    graph = written.graph(body, inputs, outputs)
    draft = Draft(graph.nodes, graph.outputs)
    root = draft.maker(graph.outputs[0])
    assert root is not None
    return find(picture, root, draft)


def test_a_match_names_its_cells_and_tensors() -> None:
    match = found(GATED, "g = Sigmoid(x) y = Mul(x, g)")

    assert match is not None
    assert match.tensors["x"].name == "x"
    assert match.cell("gate").op == "Sigmoid"
    assert [cell.op for cell in match.cells.values()] == ["Mul", "Sigmoid"]


@pytest.mark.parametrize(
    ("body", "fits"),
    [
        ("g = Sigmoid(x) y = Mul(x, g)", True),
        ("g = Sigmoid(x) y = Mul(g, x)", True),
        ("g = Sigmoid(u) y = Mul(x, g)", False),
        ("g = Tanh(x) y = Mul(x, g)", False),
        ("g = Sigmoid(x) y = Div(x, g)", False),
        ("y = Mul(x, u)", False),
        ("y = Mul(x, two)", False),
    ],
)
def test_a_variable_is_the_same_tensor_everywhere(body: str, fits: bool) -> None:
    assert (found(GATED, body) is not None) is fits


@pytest.mark.parametrize(
    ("body", "fits"),
    [("s0 = Sub(x, u) y = Neg(s0)", True), ("s0 = Sub(u, x) y = Neg(s0)", False)],
)
def test_operands_keep_their_order_where_it_matters(body: str, fits: bool) -> None:
    difference = draw("Sub", draw("Exp", x), Var("other"))
    drawn = draw("Neg", difference)

    assert (found(drawn, f"e = Exp(x) {body.replace('(x,', '(e,').replace(' x)', ' e)')}")
            is not None) is fits  # fmt: skip


@pytest.mark.parametrize(
    ("extra", "outputs", "fits"),
    [
        ("", "float[] y", True),
        (" z = Neg(g)", "float[] y, float[] z", False),
        ("", "float[] y, float[] g", False),
        (" z = Neg(y)", "float[] y, float[] z", True),
    ],
)
def test_nothing_else_reads_what_is_inside(extra: str, outputs: str, fits: bool) -> None:
    body = f"g = Sigmoid(x) y = Mul(x, g){extra}"

    assert (found(GATED, body, outputs=outputs) is not None) is fits


def test_a_shared_result_may_be_read_elsewhere() -> None:
    shared = draw("Mul", x, draw("Sigmoid", x, shared=True))

    assert found(shared, "g = Sigmoid(x) y = Mul(x, g)", outputs="float[] y, float[] g")


@pytest.mark.parametrize(
    ("body", "fits"),
    [
        ("d = Sub(x, u) y = Mul(d, d)", True),
        ("d = Sub(x, u) e = Sub(x, u) y = Mul(d, e)", False),
    ],
)
def test_an_operator_drawn_once_is_one_cell(body: str, fits: bool) -> None:
    difference = draw("Sub", x, Var("other"))

    assert (found(draw("Mul", difference, difference), body) is not None) is fits


def test_two_operators_drawn_apart_are_two_cells() -> None:
    twice = draw("Mul", draw("Sub", x, Var("other")), draw("Sub", x, Var("other")))

    assert found(twice, "d = Sub(x, u) y = Mul(d, d)") is None
    assert found(twice, "d = Sub(x, u) e = Sub(x, u) y = Mul(d, e)")


@pytest.mark.parametrize(
    ("constant", "value", "fits"),
    [
        ("half", 0.5, True),
        ("half", 0.50001, True),
        ("half", 0.51, False),
        ("two", None, True),
        ("channels", None, False),
        ("u", None, False),
    ],
)
def test_a_scalar_is_a_constant_of_one_element(
    constant: str, value: float | None, fits: bool
) -> None:
    drawn = draw("Mul", draw("Exp", x), Scalar(value))

    assert (found(drawn, f"e = Exp(x) y = Mul(e, {constant})") is not None) is fits


def test_a_scalar_whose_value_is_kept_elsewhere_fits() -> None:
    graph = written.graph("e = Exp(x) y = Mul(e, two)")
    *before, last = graph.nodes
    inputs = tuple(replace(t, value=None) if t is not None else None for t in last.inputs)
    draft = Draft([*before, replace(last, inputs=inputs)], graph.outputs)
    root = draft.maker(graph.outputs[0])
    assert root is not None

    assert find(draw("Mul", draw("Exp", x), Scalar(0.5)), root, draft)


@pytest.mark.parametrize(("operand", "fits"), [("channels", True), ("u", False)])
def test_a_const_is_any_constant(operand: str, fits: bool) -> None:
    drawn = draw("Add", draw("Exp", x), Const("c"))

    assert (found(drawn, f"e = Exp(x) y = Add(e, {operand})") is not None) is fits


@pytest.mark.parametrize(
    ("body", "fits"), [("y = Clip(x, , six)", True), ("y = Clip(x, zero, six)", False)]
)
def test_an_operand_may_be_left_out(body: str, fits: bool) -> None:
    assert (found(draw("Clip", x, Missing(), Scalar(6)), body) is not None) is fits


@pytest.mark.parametrize(
    ("body", "fits"),
    [
        ("r = Reshape(x, rows) y = Neg(r)", True),  # further operands are constants
        ("r = Expand(x, k) y = Neg(r)", False),
    ],
)
def test_operands_that_are_not_drawn_are_constants(body: str, fits: bool) -> None:
    inputs = f"{PAIR}, int64[4] k"

    assert (found(draw("Neg", draw(("Reshape", "Expand"), x)), body, inputs) is not None) is fits


def test_further_results_of_an_operator() -> None:
    halves = draw("Split", x)
    drawn = draw("Sub", halves, Out(halves, 1))
    split = "a, c = Split<axis = 1>(x)"

    assert found(drawn, f"{split} y = Sub(a, c)")
    assert found(drawn, f"{split} y = Sub(a, a)") is None
    assert found(drawn, f"{split} y = Sub(a, c) z = Neg(c)", outputs="float[] y, float[] z") is None


def test_operators_of_a_picture() -> None:
    assert list(operators(GATED)) == [("Mul",), ("Sigmoid",)]
    assert list(operators(draw(("Conv", "Gemm"), x))) == [("Conv", "Gemm")]
