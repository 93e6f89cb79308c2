"""Edited graphs: what is left out, what takes its place, and what stays as it was."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper

from costscope.graph.types import Graph, Node
from costscope.kernels.fuse import fuse
from costscope.kernels.runtimes import RUNTIMES
from costscope.shapes import resolve
from costscope.whatif.edit import bypassed, constant, pruned, replaced, reshaped, retensored
from written import graph

CHAIN = "t1 = Conv(x, w) t2 = Relu(t1) t3 = Sigmoid(t2) y = Add(t3, channels)"
GATED = (
    "t1 = Conv(x, w) t2 = GlobalAveragePool(t1) t3 = Flatten(t2) t4 = Softmax(t3) "
    "t5 = Unsqueeze(t4, spatial) t6 = Mul(t1, t5) y = Relu(t6)"
)


def named(found: Graph, op_type: str) -> Node:
    (node,) = [node for node in found.nodes if node.op_type == op_type]
    return node


def operators(found: Graph) -> list[str]:
    return [node.op_type for node in found.nodes]


def reads(node: Node) -> list[str]:
    return [tensor.name for tensor in node.inputs if tensor is not None]


def is_whole(found: Graph) -> bool:
    """Whether all that is read is made before, enters, or is constant."""
    there = {tensor.name for tensor in found.inputs}
    for node in found.nodes:
        if any(not t.constant and t.name not in there for t in node.inputs if t is not None):
            return False
        there |= {tensor.name for tensor in node.outputs}
    return all(tensor.name in there or tensor.constant for tensor in found.outputs)


def test_who_read_the_result_reads_the_operand():
    before = graph(CHAIN)

    after = bypassed(before, {named(before, "Sigmoid").name})

    assert operators(after) == ["Conv", "Relu", "Add"]
    assert reads(named(after, "Add"))[0] == "t2"
    assert operators(before) == ["Conv", "Relu", "Sigmoid", "Add"]


def test_several_in_a_row_are_left_out():
    before = graph(CHAIN)
    names = {named(before, op).name for op in ("Relu", "Sigmoid")}

    after = bypassed(before, names)

    assert operators(after) == ["Conv", "Add"]
    assert reads(named(after, "Add"))[0] == "t1"


def test_the_last_one_hands_its_operand_to_the_outside():
    before = graph("t1 = Conv(x, w) y = Relu(t1)")

    after = bypassed(before, {named(before, "Relu").name})

    assert [tensor.name for tensor in after.outputs] == ["t1"]
    assert is_whole(after)


def test_the_operand_that_stays_can_be_chosen_and_the_other_side_goes():
    before = graph(GATED)
    gate = named(before, "Mul").name

    kept = bypassed(before, {gate})
    gated = bypassed(before, {gate}, slot={gate: 1})

    assert operators(kept) == ["Conv", "Relu"]
    assert operators(gated) == [
        "Conv",
        "GlobalAveragePool",
        "Flatten",
        "Softmax",
        "Unsqueeze",
        "Relu",
    ]


def test_what_nobody_read_before_stays():
    before = graph("t1 = Conv(x, w) t2 = Sigmoid(t1) t3 = Relu(t1) y = Add(t3, channels)")
    assert "Sigmoid" in operators(before)

    after = bypassed(before, {named(before, "Relu").name})

    assert operators(after) == ["Conv", "Sigmoid", "Add"]


def test_pruning_takes_what_only_the_dead_read():
    before = graph(GATED)
    conv = named(before, "Conv")
    ended = replace(before, outputs=(conv.output,))

    assert operators(pruned(ended, before)) == ["Conv"]


def test_an_operator_of_several_results_stays_for_the_others():
    before = graph("t1, t2 = Dropout(x) t3 = Relu(t1) t4 = Cast <to = 1> (t2) y = Add(t3, t4)")
    dropout = named(before, "Dropout")

    after = bypassed(before, {dropout.name})

    assert reads(named(after, "Relu")) == ["x"]
    assert "Dropout" in operators(after)
    assert is_whole(after)


def branching() -> Graph:
    """An If whose branches read a tensor of the graph around them."""
    branches = {
        name: helper.make_graph(
            [helper.make_node(op, ["a"], [f"{op}_out"], name=op)],
            name,
            [],
            [helper.make_tensor_value_info(f"{op}_out", TensorProto.FLOAT, [1, 8])],
        )
        for name, op in (("then_branch", "Sigmoid"), ("else_branch", "Tanh"))
    }
    nodes = [
        helper.make_node("Relu", ["x"], ["a"], name="relu"),
        helper.make_node("If", ["c"], ["y"], name="if", **branches),
    ]
    entering = [
        helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 8]),
        helper.make_tensor_value_info("c", TensorProto.BOOL, []),
    ]
    leaving = [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 8])]
    return resolve(helper.make_model(helper.make_graph(nodes, "g", entering, leaving)))


def test_what_graphs_inside_operators_read_stays():
    before = branching()

    assert operators(bypassed(before, {"relu"})) == ["Relu", "If"]
    assert operators(pruned(before, before)) == ["Relu", "If"]


def test_others_stand_where_the_replaced_one_stood():
    before = graph(CHAIN)
    relu = named(before, "Relu")
    between = replace(relu.output, name="between")
    first = replace(relu, name="first", op_type="Tanh", outputs=(between,))
    second = replace(relu, name="second", op_type="Elu", inputs=(between,))

    after = replaced(before, {relu.name: (first, second)})

    assert operators(after) == ["Conv", "Tanh", "Elu", "Sigmoid", "Add"]
    assert is_whole(after)


def test_what_only_the_replaced_one_read_goes():
    before = graph(GATED)
    gate = named(before, "Mul")
    plain = replace(gate, op_type="Tanh", inputs=gate.inputs[:1])

    assert operators(replaced(before, {gate.name: (plain,)})) == ["Conv", "Tanh", "Relu"]


def test_new_constants_become_constants_of_the_graph():
    before = graph(CHAIN)
    conv = named(before, "Conv")
    weight = conv.inputs[1]
    assert weight is not None
    wider = constant("wider", (8, 8, 3, 3), weight)
    node = replace(conv, inputs=(conv.inputs[0], wider))

    after = replaced(before, {conv.name: (node,)})

    assert after.constants["wider"].nbytes == 8 * 8 * 9 * 4
    assert "wider" not in before.constants
    # And what prices a graph finds it there.
    kernels, _ = fuse(after, RUNTIMES["none"])
    assert kernels[0].stored == ("wider",)


def test_tensors_change_in_the_operators_that_are_named_alone():
    before = graph(CHAIN)
    relu, sigmoid = named(before, "Relu"), named(before, "Sigmoid")

    after = retensored(before, reshaped({"t2": (1, 8, 3, 3)}), {relu.name})

    assert named(after, "Relu").output.shape == (1, 8, 3, 3)
    assert named(after, "Sigmoid") is sigmoid


def test_tensors_change_everywhere_without_names():
    before = graph(CHAIN)
    shapes = {"x": (2, 8, 6, 6), "y": (2, 8, 6, 6)}

    after = retensored(before, reshaped(shapes))

    assert after.inputs[0].shape == after.outputs[0].shape == (2, 8, 6, 6)
    assert named(after, "Conv").inputs[0] == after.inputs[0]


def test_a_constant_of_another_shape_is_another_constant():
    before = graph(CHAIN)
    conv = named(before, "Conv")
    weight = conv.inputs[1]
    assert weight is not None

    after = retensored(before, reshaped({weight.name: (16, 8, 1, 1)}), {conv.name})

    changed = named(after, "Conv").inputs[1]
    assert changed is not None
    assert changed.name != weight.name
    assert after.constants[changed.name].shape == (16, 8, 1, 1)
    assert after.constants[weight.name].shape == (8, 8, 1, 1)


def test_an_edit_that_names_nothing_changes_nothing():
    before = graph(CHAIN)

    assert bypassed(before, ()) == before
    assert replaced(before, {}) == before
    assert retensored(before, reshaped({}), ()) == before


@pytest.mark.parametrize("body", [CHAIN, GATED])
@given(data=st.data())
def test_whatever_keeps_its_shape_can_be_left_out(body: str, data: st.DataObject):
    before = graph(body)
    keep = [n.name for n in before.nodes if n.inputs[0].shape == n.output.shape]
    names = data.draw(st.sets(st.sampled_from(keep)))

    after = bypassed(before, names)

    assert is_whole(after)
    assert not names & {node.name for node in after.nodes}
    assert [t.shape for t in after.outputs] == [t.shape for t in before.outputs]
