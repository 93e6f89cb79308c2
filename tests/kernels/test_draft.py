"""The graph while it is fused: what may become one cell, and that the order always holds."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

import written
from costscope.dtypes import FLOAT32
from costscope.graph.types import Node, Tensor
from costscope.kernels.cell import Cell
from costscope.kernels.draft import Draft

TWO_OUT = "float[] y, float[] z"


def draft_of(body: str, inputs: str = written.IMAGE, outputs: str = "float[] y") -> Draft:
    graph = written.graph(body, inputs, outputs)
    return Draft(graph.nodes, graph.outputs)


def maker(draft: Draft, name: str) -> Cell:
    cell = next(c for c in draft.ordered() if any(t.name == name for t in c.outputs))
    assert cell is not None
    return cell


def order_holds(draft: Draft, given_names: Sequence[str] = ("x",)) -> bool:
    """Whether every cell, in order of places, reads what is there by then."""
    there = set(given_names)
    for cell in draft.ordered():
        if any(t is not None and not t.constant and t.name not in there for t in cell.inputs):
            return False
        there.update(t.name for t in cell.outputs)
    return True


def test_a_chain_becomes_one_cell() -> None:
    draft = draft_of("a = Exp(x) c = Neg(a) y = Relu(c)")

    merged = draft.merge([maker(draft, "a"), maker(draft, "c")], "Fused", ())

    assert merged is not None
    assert [cell.op for cell in draft.ordered()] == ["Fused", "Relu"]
    assert [t.name for t in merged.inputs if t] == ["x"]
    assert [t.name for t in merged.outputs] == ["c"]


def test_what_others_read_leaves_too() -> None:
    draft = draft_of("a = Exp(x) c = Neg(a) y = Relu(c) z = Tanh(a)", outputs=TWO_OUT)

    merged = draft.merge([maker(draft, "a"), maker(draft, "c")], "Fused", ())

    assert merged is not None
    assert [t.name for t in merged.outputs] == ["c", "a"]
    assert order_holds(draft)


def test_what_would_wait_for_itself_is_refused() -> None:
    # a -> b -> c and a -> c: a and c cannot be one without b.
    draft = draft_of("a = Exp(x) b0 = Neg(a) y = Add(a, b0)")

    assert draft.merge([maker(draft, "a"), maker(draft, "y")], "Fused", ()) is None
    assert [cell.op for cell in draft.ordered()] == ["Exp", "Neg", "Add"]


def test_a_cell_may_move_up_to_where_its_reader_needs_it() -> None:
    # The reader of a stands before the second member: the merged cell stands before both.
    draft = draft_of("a = Exp(x) t = Tanh(a) c = Neg(x) y = Add(t, c)")

    assert draft.merge([maker(draft, "a"), maker(draft, "c")], "Fused", ()) is not None
    assert order_holds(draft)


def test_a_cell_cannot_move_above_what_it_reads() -> None:
    draft = draft_of("a = Exp(x) t = Tanh(a) c = Neg(t) y = Add(t, c)")

    assert draft.merge([maker(draft, "a"), maker(draft, "c")], "Fused", ()) is None


def test_cells_of_two_graphs_stay_apart() -> None:
    graph = written.graph("a = Exp(x) y = Neg(a)")
    draft = Draft(graph.nodes, graph.outputs, regions=[0, 1])

    assert draft.merge([maker(draft, "a"), maker(draft, "y")], "Fused", ()) is None


def test_readers_and_uses() -> None:
    draft = draft_of("a = Exp(x) c = Mul(a, a) y = Add(a, c)", outputs="float[] y, float[] a")
    a = maker(draft, "a")

    assert draft.uses(a.output) == 4  # twice, once, and it leaves the graph
    assert [cell.op for cell in draft.readers(a.output)] == ["Mul", "Add"]
    assert draft.leaves(a.output)
    assert draft.follower(a) is None
    assert draft.follower(maker(draft, "c"), "Add") is maker(draft, "y")
    assert draft.follower(maker(draft, "c"), "Mul") is None


def test_dropping_a_cell_joins_its_reader_to_what_it_read() -> None:
    draft = draft_of("a = Exp(x) i = Identity(a) y = Neg(i)")

    assert draft.drop(maker(draft, "i"))
    assert [t.name for t in maker(draft, "y").inputs if t] == ["a"]


def test_dropping_a_cell_that_makes_an_output_renames_what_it_read() -> None:
    draft = draft_of("a = Exp(x) t = Tanh(a) y = Identity(a)", outputs="float[] y, float[] t")

    assert draft.drop(maker(draft, "y"))
    assert [(c.op, [t.name for t in c.outputs]) for c in draft.ordered()] == [
        ("Exp", ["y"]),
        ("Tanh", ["t"]),
    ]


@pytest.mark.parametrize(
    ("body", "outputs"),
    [
        ("y = Identity(x)", "float[] y"),  # nothing makes an input of the graph
        ("a = Exp(x) y = Identity(a)", "float[] y, float[] a"),  # both names must stay
        ("y, k = Dropout(x) z = Cast<to = 1>(k)", TWO_OUT),  # its other result is read
    ],
)
def test_what_must_stay_is_not_dropped(body: str, outputs: str) -> None:
    draft = draft_of(body, outputs=outputs)
    before = draft.ordered()

    assert not draft.drop(maker(draft, "y"))
    assert draft.ordered() == before


def test_a_private_copy_for_one_of_several_readers() -> None:
    draft = draft_of("a = Exp(x) y = Neg(a) z = Tanh(a)", outputs=TWO_OUT)
    reader = maker(draft, "z")

    copy = draft.own(maker(draft, "a"), reader)

    assert copy is not maker(draft, "a")
    assert [t.name for t in reader.inputs if t] == [copy.output.name]
    assert draft.own(copy, reader) is copy
    assert order_holds(draft)


def test_places_never_run_out() -> None:
    draft = draft_of("a = Exp(x) y = Neg(a)")
    a, y = maker(draft, "a"), maker(draft, "y")
    for _ in range(200):  # each in front of the last one added: halved 200 times
        source = y.inputs[0]
        assert source is not None
        made = draft.fresh(source, source.shape)
        cell = draft.insert("Relu", (a.output,), (made,), like=a, before=y)
        y = cell

    assert order_holds(draft)
    assert len(draft.ordered()) == 202


def network(choose: random.Random, size: int) -> list[Node]:
    """A graph of which each node reads one or two earlier results."""
    made = [Tensor("x", (1,), FLOAT32)]
    nodes = []
    for place in range(size):
        inputs = tuple(choose.choice(made[-4:]) for _ in range(choose.randint(1, 2)))
        output = Tensor(f"t{place}", (1,), FLOAT32)
        nodes.append(Node(f"n{place}", f"Op{len(inputs)}", "", 17, inputs, (output,), {}))
        made.append(output)
    return nodes


@given(st.integers(0, 10**6))
def test_whatever_is_merged_can_run_in_order(seed: int) -> None:
    choose = random.Random(seed)
    nodes = network(choose, 14)
    outputs = [nodes[-1].outputs[0], nodes[choose.randrange(14)].outputs[0]]
    draft = Draft(nodes, outputs)

    for _ in range(8):
        cells = draft.ordered()
        members = choose.sample(cells, k=min(len(cells), choose.randint(2, 3)))
        draft.merge(members, "Fused", ())

    assert order_holds(draft)
    held = sorted(node.name for cell in draft.ordered() for node in cell.nodes)
    assert held == sorted(node.name for node in nodes)
    made = {t.name for cell in draft.ordered() for t in cell.outputs}
    assert {t.name for t in outputs} <= made


def _reaches(nodes: Sequence[Node], first: set[str], last: set[str]) -> bool:
    """Whether a path leaves a set of nodes and comes back into another."""
    tainted = {t.name for node in nodes if node.name in first for t in node.outputs}
    outside: set[str] = set()
    for node in nodes:
        reads = {t.name for t in node.inputs if t is not None}
        if node.name in last and reads & outside:
            return True
        if node.name not in first and reads & (tainted | outside):
            outside.update(t.name for t in node.outputs)
    return False


@given(st.integers(0, 10**6))
def test_a_merge_that_would_close_a_circle_is_always_refused(seed: int) -> None:
    choose = random.Random(seed)
    nodes = network(choose, 10)
    draft = Draft(nodes, [nodes[-1].outputs[0]])
    members = choose.sample(draft.ordered(), k=choose.randint(2, 4))
    names = {cell.node.name for cell in members}

    merged = draft.merge(members, "Fused", ())

    if _reaches(nodes, names, names):
        assert merged is None
    assert order_holds(draft)
