"""If, Loop, Scan and SequenceMap: what runs, how often, and with which shapes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from onnx import ModelProto, parser

from costscope.errors import ModelError, ShapeError
from costscope.graph.types import Graph
from costscope.shapes import Bindings, resolve


def parse(
    body: str, *, inputs: str = "float[2,3] x", outputs: str = "float[] y", opset: int = 18
) -> ModelProto:
    model: Any = parser.parse_model(
        f'<ir_version: 8, opset_import: ["" : {opset}]> g ({inputs}) => ({outputs}) {{ {body} }}'
    )
    return model


def if_node(then: str, other: str, condition: str = "c") -> str:
    return (
        f"[i] y = If ({condition}) <then_branch = t () => (float[] p) {{ {then} }},"
        f" else_branch = e () => (float[] q) {{ {other} }}>"
    )


BOTH = "bool c, float[2,3] x"


def test_an_if_on_data_keeps_both_branches() -> None:
    graph = resolve(parse(if_node("p = Relu(x)", "r = Neg(x) q = Exp(r)"), inputs=BOTH))

    (node,) = graph.nodes
    assert [(b.name, len(b.graph.nodes), b.trips) for b in node.branches] == [
        ("then_branch", 1, 1),
        ("else_branch", 2, 1),
    ]
    assert graph.outputs[0].shape == (2, 3)
    assert graph.assumptions == ()


def test_branches_of_different_shapes_take_the_larger_and_say_so() -> None:
    graph = resolve(parse(if_node("p = Relu(x)", "q = Concat <axis = 0> (x, x)"), inputs=BOTH))

    assert graph.outputs[0].shape == (4, 3)
    assert graph.assumptions == (
        "'i': its branches give 2x3 and 4x3; what follows is costed for 4x3",
    )


@pytest.mark.parametrize(("size", "op_type"), [(2, "Neg"), (7, "Exp")])
def test_an_if_on_shapes_is_replaced_by_the_branch_it_takes(size: int, op_type: str) -> None:
    graph = resolve(
        parse(
            "n = Size(x) seven = Constant <value_int = 7> () c = Equal(n, seven)"
            + if_node("p = Exp(x)", "q = Neg(x)"),
            inputs=f"float[{size}] x",
        )
    )

    assert [node.op_type for node in graph.nodes] == [op_type]
    assert graph.folded["If"] == 1


def test_values_come_out_of_the_branch_that_is_taken() -> None:
    graph = resolve(
        parse(
            "c = Constant <value = bool {1}> ()"
            "[i] s = If (c) <then_branch = t () => (int64[] p) { p = Shape(x) },"
            " else_branch = e () => (int64[] q) { q = Size(x) }>"
            "y = ConstantOfShape(s)",
        )
    )

    assert graph.outputs[0].shape == (2, 3)
    assert graph.nodes == ()


def test_constants_of_the_same_name_in_two_branches_are_two() -> None:
    weight = "w = Constant <value = float[3] {1, 2, 3}> ()"
    graph = resolve(
        parse(if_node(f"{weight} p = Add(x, w)", f"{weight} q = Mul(x, w)"), inputs=BOTH)
    )

    assert set(graph.constants) == {"i/then_branch/w", "i/else_branch/w"}


def test_a_branch_may_shadow_an_outer_name() -> None:
    graph = resolve(
        parse(
            "w = Relu(x)" + if_node("w = Concat <axis = 0> (x, x) p = Neg(w)", "q = Neg(w)"),
            inputs=BOTH,
        )
    )

    then, other = (branch.graph for branch in graph.nodes[-1].branches)
    assert then.outputs[0].shape == (4, 3)
    assert other.outputs[0].shape == (2, 3)
    assert then.nodes[1].inputs[0] is not other.nodes[0].inputs[0]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (if_node("p = Relu(x)", "q = Neg(nothing)"), "'nothing' is read but nothing"),
        (
            "[i] y = If (c) <then_branch = t () => (float[] p) { p = Relu(x) }>",
            "it has no graph 'else_branch'",
        ),
        (
            if_node("p = Relu(x) r = Neg(x)", "q = Neg(x)").replace("] p)", "] p, float[] r)"),
            "different numbers of outputs",
        ),
        ("[i] y, z = " + if_node("p = Relu(x)", "q = Neg(x)")[8:], "output 1 is given by no"),
        (
            if_node("p = Relu(u)", "q = Neg(x)").replace("t ()", "t (float[2] u)"),
            "takes 1 inputs, 0 are given",
        ),
    ],
)
def test_wrong_ifs_are_refused(body: str, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        resolve(parse(body, inputs=BOTH))


STEP = "so = Relu(s) ko = Identity(k)"


def loop(
    body: str = STEP,
    *,
    trips: str = "m",
    condition: str = '""',
    state: str = "x",
    results: str = "bool ko, float[] so",
    outputs: str = "y",
) -> str:
    condition = condition.replace('""', "")
    return (
        f"[l] {outputs} = Loop ({trips}, {condition}, {state}) <body = b "
        f"(int64 i, bool k, float[] s) => ({results}) {{ {body} }}>"
    )


def trips_of(graph: Graph) -> int:
    return graph.nodes[-1].branches[0].trips


def test_a_constant_trip_count() -> None:
    graph = resolve(parse("m = Constant <value_int = 5> ()" + loop()))

    assert trips_of(graph) == 5
    assert graph.outputs[0].shape == (2, 3)
    assert graph.assumptions == ()


def test_a_trip_count_from_shapes() -> None:
    graph = resolve(parse("m = Size(x)" + loop()))

    assert trips_of(graph) == 6


@pytest.mark.parametrize("count", [0, -3])
def test_a_loop_that_never_runs(count: int) -> None:
    graph = resolve(
        parse(
            f"m = Constant <value_int = {count}> ()"
            + loop(STEP + " o = Neg(s)", results="bool ko, float[] so, float[] o", outputs="y, z"),
            outputs="float[] y, float[] z",
        )
    )

    assert trips_of(graph) == 0
    assert [tensor.shape for tensor in graph.outputs] == [(2, 3), (0, 2, 3)]


def test_a_start_condition_that_is_false() -> None:
    graph = resolve(
        parse(
            "m = Constant <value_int = 5> () c = Constant <value = bool {0}> ()"
            + loop(condition="c")
        )
    )

    assert trips_of(graph) == 0


def test_an_open_trip_count_is_1_and_said() -> None:
    graph = resolve(parse(loop(), inputs="float[2,3] x, int64 m"))

    assert trips_of(graph) == 1
    assert graph.assumptions == (
        "'l' is costed for 1 iteration: the file does not say how many (set it with --trip-count)",
    )


def test_an_open_trip_count_from_the_user() -> None:
    graph = resolve(parse(loop(), inputs="float[2,3] x, int64 m"), Bindings(trip_count=9))

    assert trips_of(graph) == 9
    assert graph.assumptions == ("'l' runs 9 iterations (--trip-count)",)


def test_the_file_s_own_count_goes_before_the_user_s() -> None:
    graph = resolve(parse("m = Constant <value_int = 5> ()" + loop()), Bindings(trip_count=9))

    assert trips_of(graph) == 5


def test_a_count_that_only_means_for_ever_is_open() -> None:
    graph = resolve(
        parse(f"m = Constant <value_int = {2**63 - 1}> ()" + loop("so = Relu(s) ko = Not(k)"))
    )

    assert trips_of(graph) == 1
    assert "(set it with --trip-count)" in graph.assumptions[0]


def test_a_condition_on_data_may_stop_early() -> None:
    step = "so = Relu(s) r = ReduceMax <keepdims = 0> (so) ko = Less(r, r)"
    graph = resolve(parse("m = Constant <value_int = 5> ()" + loop(step)))

    assert trips_of(graph) == 5
    assert graph.assumptions == ("'l' may stop early; costed for all 5 iterations",)


def test_a_condition_that_is_false_at_the_end_of_the_body_runs_once() -> None:
    step = "so = Relu(s) ko = Constant <value = bool {0}> ()"

    assert trips_of(resolve(parse("m = Constant <value_int = 5> ()" + loop(step)))) == 1
    assert trips_of(resolve(parse(loop(step), inputs="float[2,3] x, int64 m"))) == 1


def test_a_condition_that_reads_itself_is_no_endless_loop_for_us() -> None:
    step = "so = Relu(s) ko = Identity(ko)"

    with pytest.raises(ModelError, match="cycle"):
        resolve(parse("m = Constant <value_int = 5> ()" + loop(step)))


def test_what_a_loop_stacks() -> None:
    graph = resolve(
        parse(
            "m = Constant <value_int = 5> ()"
            + loop(
                STEP + " o = ReduceSum <keepdims = 0> (s)",
                results="bool ko, float[] so, float[] o",
                outputs="y, z",
            ),
            outputs="float[] y, float[] z",
        )
    )

    assert [tensor.shape for tensor in graph.outputs] == [(2, 3), (5,)]


def test_a_state_that_grows_is_followed_to_its_last_size() -> None:
    # 2 rows at first, one more in each of 5 iterations.
    step = (
        "first = Constant <value_ints = [0]> () one = Constant <value_ints = [1]> ()"
        "row = Slice(s, first, one) so = Concat <axis = 0> (s, row) ko = Identity(k)"
    )
    graph = resolve(parse("m = Constant <value_int = 5> ()" + loop(step)))

    assert graph.outputs[0].shape == (7, 3)
    assert "changes its shape in each iteration" in graph.assumptions[0]


def test_a_sequence_that_grows_is_followed_to_its_last_length() -> None:
    body = (
        "[l] t = Loop (m, , e) <body = b (int64 i, bool k, seq(float[2,3]) s) => "
        "(bool ko, seq(float[2,3]) so) { so = SequenceInsert(s, x) ko = Identity(k) }>"
    )
    graph = resolve(
        parse(
            f"m = Constant <value_int = 5> () e = SequenceEmpty() {body}"
            "y = ConcatFromSequence <axis = 0> (t)"
        )
    )

    assert graph.outputs[0].shape == (10, 3)


def test_what_goes_round_a_loop_is_no_constant() -> None:
    graph = resolve(
        parse(
            "m = Constant <value_int = 5> () w = Constant <value = float[2] {1, 2}> ()"
            + loop(state="w")
        )
    )

    (relu,) = (n for n in graph.nodes[0].branches[0].graph.nodes if n.op_type == "Relu")
    assert relu.inputs[0] is not None
    assert not relu.inputs[0].constant
    assert relu.inputs[0].name not in graph.constants
    assert graph.outputs[0].shape == (2,)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (loop(state="x, x"), "takes 3 inputs, 4 are given"),
        (loop(results="bool ko"), "1 outputs for 1 tensors it carries"),
        ("[l] y = Loop (m, , x) <b = 1>", "it has no graph 'body'"),
        ("[l] y = Loop (m, , x) <body = 1>", "'body' is an int, it must be a graph"),
    ],
)
def test_wrong_loops_are_refused(body: str, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        resolve(parse("m = Constant <value_int = 5> ()" + body))


SUM = "(float[] s, float[] t) => (float[] so, float[] o) { so = Add(s, t) o = Neg(so) }"


def scan(attributes: str = "", *, body: str = SUM, inputs: str = "s0, x") -> str:
    return f"[n] y, z = Scan ({inputs}) <num_scan_inputs = 1 {attributes}, body = b {body}>"


TWO = "float[] y, float[] z"


def test_scan_takes_a_slice_each_time() -> None:
    # 7 slices of 3 numbers
    graph = resolve(parse(scan(), inputs="float[3] s0, float[7,3] x", outputs=TWO))

    assert trips_of(graph) == 7
    assert [tensor.shape for tensor in graph.outputs] == [(3,), (7, 3)]


def test_scan_along_other_axes() -> None:
    graph = resolve(
        parse(
            scan(", scan_input_axes = [-1], scan_output_axes = [1]"),
            inputs="float[3] s0, float[3,7] x",
            outputs=TWO,
        )
    )

    assert trips_of(graph) == 7
    assert graph.outputs[1].shape == (3, 7)


def test_scan_of_opset_8_has_a_batch() -> None:
    # 2 examples of 7 slices: the body runs 14 times.
    graph = resolve(
        parse(
            scan(inputs=", s0, x"),
            inputs="float[2,3] s0, float[2,7,3] x",
            outputs=TWO,
            opset=8,
        )
    )

    assert trips_of(graph) == 14
    assert [tensor.shape for tensor in graph.outputs] == [(2, 3), (2, 7, 3)]


@pytest.mark.parametrize(
    ("attributes", "inputs", "message"),
    [
        (", scan_input_axes = [2]", "float[3] s0, float[7,3] x", "axis 2 does not exist"),
        (", scan_output_axes = [3]", "float[3] s0, float[7,3] x", "axis 3 does not exist"),
        (", scan_input_axes = [0, 0]", "float[3] s0, float[7,3] x", "contradict"),
        ("", "float[3] s0, float x", "axis 0 does not exist in a tensor of rank 0"),
    ],
)
def test_wrong_scans_are_refused(attributes: str, inputs: str, message: str) -> None:
    model = parse(scan(attributes), inputs=inputs, outputs=TWO)
    for value in model.graph.input:
        value.type.tensor_type.shape.SetInParent()

    with pytest.raises(ShapeError, match=message):
        resolve(model)


def test_scans_of_different_lengths_are_refused() -> None:
    body = "(float[] t, float[] u) => (float[] o) { o = Add(t, u) }"
    model = parse(
        f"[n] y = Scan (x, z) <num_scan_inputs = 2, body = b {body}>",
        inputs="float[7,3] x, float[6,3] z",
    )

    with pytest.raises(ShapeError, match=r"different lengths: \[6, 7\]"):
        resolve(model)


def test_scan_count_out_of_range() -> None:
    model = parse(scan(), inputs="float[3] s0, float[7,3] x", outputs=TWO)
    for attribute in model.graph.node[0].attribute:
        if attribute.name == "num_scan_inputs":
            attribute.i = 3

    with pytest.raises(ShapeError, match="num_scan_inputs is 3, with 2 inputs"):
        resolve(model)


def test_sequence_map_runs_for_each_member() -> None:
    graph = resolve(
        parse(
            "s = SequenceConstruct(x, x, x)"
            "[m] t = SequenceMap (s, w) <body = b (float[2,3] p, float[3] q) => (float[] r) "
            "{ r = Add(p, q) }>"
            "y = ConcatFromSequence <axis = 0> (t)",
            inputs="float[2,3] x, float[3] w",
        )
    )

    (node,) = (n for n in graph.nodes if n.op_type == "SequenceMap")
    assert node.branches[0].trips == 3
    assert graph.outputs[0].shape == (6, 3)


def test_weights_stay_constant_inside_a_sequence_map() -> None:
    graph = resolve(
        parse(
            "w = Constant <value = float[3] {1, 2, 3}> () s = SequenceConstruct(x, x)"
            "[m] y = SequenceMap (s, w) <body = b (float[2,3] p, float[3] q) => (float[] r) "
            "{ r = Add(p, q) }>",
        )
    )

    (add,) = graph.nodes[-1].branches[0].graph.nodes
    assert add.inputs[1] is not None
    assert add.inputs[1].sources == ("w",)


def test_an_unknown_input_makes_the_node_uncosted_not_wrong() -> None:
    model = parse(
        "u = com.example.Thing(x) [n] z = Scan (u) <num_scan_inputs = 1, body = b "
        "(float[] t) => (float[] o) { o = Neg(t) }> y = Relu(z)",
    )

    graph = resolve(model)

    problems = [node.problem for node in graph.nodes]
    assert problems[1] == "what it runs is unknown: the shape of 'u' is unknown"
    assert all(problems)


def test_graphs_may_stand_deep_in_each_other() -> None:
    inner = "p = Relu(x)"
    for _ in range(20):
        inner = (
            f"p = If (c) <then_branch = t () => (float[] p) {{ {inner} }},"
            f" else_branch = e () => (float[] q) {{ q = Neg(x) }}>"
        )

    graph = resolve(parse(inner + " y = Neg(p)", inputs=BOTH))

    depth = 0
    found: Graph | None = graph
    while found is not None and found.nodes[0].branches:
        depth, found = depth + 1, found.nodes[0].branches[0].graph
    assert depth == 20


def test_against_what_onnxruntime_computes() -> None:
    ort = pytest.importorskip("onnxruntime")
    model = parse(
        "m = Constant <value_int = 5> ()"
        + loop(
            STEP + " o = ReduceSum <keepdims = 0> (s)",
            results="bool ko, float[2,3] so, float o",
            outputs="y, z",
        ).replace("float[] s)", "float[2,3] s)"),
        outputs="float[2,3] y, float[5] z",
    )
    session = ort.InferenceSession(model.SerializeToString())

    results = session.run(None, {"x": np.ones((2, 3), np.float32)})

    assert [r.shape for r in results] == [t.shape for t in resolve(model).outputs]
