"""The walk over the main graph: constants, folding, opsets, names and what stays unknown."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from onnx import ModelProto, TensorProto, helper, numpy_helper, parser

from costscope.errors import ModelError, ShapeError
from costscope.graph import proto
from costscope.shapes import Bindings, resolve


def parse(
    body: str, *, inputs: str = "float[1,3,8,8] x", outputs: str = "float[] y", opset: int = 18
) -> ModelProto:
    model: Any = parser.parse_model(
        f'<ir_version: 8, opset_import: ["" : {opset}]> g ({inputs}) => ({outputs}) {{ {body} }}'
    )
    return model


FLATTEN = (
    "s = Shape(x) zero = Constant <value_int = 0> () n = Gather(s, zero) "
    "axes = Constant <value_ints = [0]> () u = Unsqueeze(n, axes) "
    "rest = Constant <value_ints = [-1]> () t = Concat <axis = 0> (u, rest) y = Reshape(x, t)"
)


def test_shape_arithmetic_is_folded_away() -> None:
    graph = resolve(parse(FLATTEN))

    assert [node.op_type for node in graph.nodes] == ["Reshape"]
    assert graph.outputs[0].shape == (1, 192)
    assert graph.folded == {"Shape": 1, "Constant": 3, "Gather": 1, "Unsqueeze": 1, "Concat": 1}


def test_shape_arithmetic_follows_the_bound_sizes() -> None:
    model = parse(FLATTEN, inputs="float[N,3,H,8] x")

    assert resolve(model, Bindings(dims={"N": 4, "H": 16})).outputs[0].shape == (4, 384)


def test_settings_of_a_view_are_no_parameters() -> None:
    graph = resolve(parse(FLATTEN))

    (node,) = graph.nodes
    assert node.inputs[1] is not None
    assert node.inputs[1].constant
    assert node.inputs[1].value == (1, -1)


@pytest.mark.parametrize(
    ("attribute", "shape", "dtype"),
    [
        ("value = float[2,2] {1, 2, 3, 4}", (2, 2), "float32"),
        ("value = int64[3] {1, 2, 3}", (3,), "int64"),
        ("value_int = 3", (), "int64"),
        ("value_float = 3.5", (), "float32"),
        ("value_ints = [1, 2]", (2,), "int64"),
        ("value_floats = [1.0, 2.0]", (2,), "float32"),
        ('value_string = "a"', (), "string"),
        ('value_strings = ["a", "b"]', (2,), "string"),
    ],
)
def test_constants_in_all_forms(attribute: str, shape: tuple[int, ...], dtype: str) -> None:
    graph = resolve(parse(f"y = Constant <{attribute}> ()"))

    assert graph.outputs[0].shape == shape
    assert graph.outputs[0].dtype.name == dtype
    assert set(graph.constants) == {"y"}
    assert graph.nodes == ()


def sparse(dims: list[int]) -> Any:
    values = helper.make_tensor("y", TensorProto.FLOAT, [2], [1.0, 2.0])
    return helper.make_sparse_tensor(values, helper.make_tensor("p", 7, [2], [0, 5]), dims)


def test_sparse_constants_have_their_dense_shape() -> None:
    node = helper.make_node("Constant", [], ["y"], sparse_value=sparse([2, 4]))
    model = parse("y = Relu(x)")
    model.graph.node[0].CopyFrom(node)

    assert resolve(model).outputs[0].shape == (2, 4)


def test_sparse_initializers_have_their_dense_shape() -> None:
    model = parse("z = Relu(y)", outputs="float[] z")
    model.graph.sparse_initializer.append(sparse([2, 4]))
    assert resolve(model).outputs[0].shape == (2, 4)

    model.graph.sparse_initializer[0].dims[0] = -2
    with pytest.raises(ShapeError, match="negative size"):
        resolve(model)


@pytest.mark.parametrize(
    "node",
    [
        helper.make_node("Constant", [], ["y"]),
        helper.make_node("Constant", [], ["y"], other=1),
        helper.make_node("Constant", [], ["y"], value_ints=[1.5]),
        helper.make_node("Constant", [], ["y"], value_float="1"),
        helper.make_node("Constant", [], ["y"], value_int="one"),
        helper.make_node("Constant", [], ["y"], value=helper.make_graph([], "g", [], [])),
    ],
)
def test_constants_that_hold_nothing_are_refused(node: Any) -> None:
    model = parse("y = Relu(x)")
    model.graph.node[0].CopyFrom(node)

    with pytest.raises(ModelError):
        resolve(model)


def test_an_initializer_that_is_also_an_input_is_a_constant() -> None:
    model = parse("y = Mul(x, w)", inputs="float[1,3,8,8] x, float[1] w")
    model.graph.initializer.append(numpy_helper.from_array(np.ones(1, np.float32), "w"))

    graph = resolve(model)

    assert [tensor.name for tensor in graph.inputs] == ["x"]
    assert graph.nodes[0].inputs[1] is not None
    assert graph.nodes[0].inputs[1].constant


def test_names_that_stand_twice_are_refused() -> None:
    weight = numpy_helper.from_array(np.ones(1, np.float32), "w")
    model = parse("y = Mul(x, w)")
    model.graph.initializer.extend([weight, weight])
    with pytest.raises(ModelError, match="initializer 'w' stands twice"):
        resolve(model)

    model = parse("y = Relu(x)", inputs="float[1] x, float[1] x")
    with pytest.raises(ModelError, match="input 'x' stands twice"):
        resolve(model)


def test_external_data_may_be_absent(tmp_path: Any) -> None:
    model = parse("y = MatMul(x, w)", inputs="float[2,4096] x")
    weight = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[4096, 4096])
    weight.data_location = TensorProto.EXTERNAL
    weight.external_data.add(key="location", value="weights.bin")
    model.graph.initializer.append(weight)
    path = tmp_path / "model.onnx"
    path.write_bytes(model.SerializeToString())

    graph = resolve(proto.read(path))

    assert graph.outputs[0].shape == (2, 4096)
    assert graph.constants["w"].nbytes == 4096 * 4096 * 4


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        (TensorProto(name="w", data_type=1, dims=[-1, 3]), "negative dimension"),
        (TensorProto(name="w", data_type=1, dims=[2**62, 4]), "2\\^63 elements"),
    ],
)
def test_impossible_constants_are_refused(weight: TensorProto, message: str) -> None:
    model = parse("y = Mul(x, w)")
    model.graph.initializer.append(weight)

    with pytest.raises(ModelError, match=message):
        resolve(model)


def test_a_constant_whose_data_is_too_short_has_no_value() -> None:
    model = parse("y = Reshape(x, t)")
    tensor = TensorProto(name="t", data_type=TensorProto.INT64, dims=[2], raw_data=b"\0" * 7)
    model.graph.initializer.append(tensor)

    assert resolve(model).nodes[0].problem is not None


def test_an_opset_from_the_future() -> None:
    with pytest.raises(ModelError, match="opset 999 is newer than the newest that onnx here"):
        resolve(parse("y = Relu(x)", opset=999))


def test_an_opset_that_does_not_exist() -> None:
    model = parse("y = Relu(x)")
    model.opset_import[0].version = -3

    with pytest.raises(ModelError, match="opset -3 does not exist"):
        resolve(model)


def test_both_names_of_the_standard_are_one() -> None:
    # One operator with a shape rule of ours, one that is left to ONNX's inference.
    model = parse(
        "s = Softmax(x) g = Constant <value_ints = [1, 1, 4, 5]> () y = AffineGrid(s, g)",
        inputs="float[1,2,3] x",
        opset=20,
    )
    model.opset_import[0].domain = "ai.onnx"
    for node in model.graph.node:
        node.domain = "ai.onnx"

    graph = resolve(model)

    assert [node.key for node in graph.nodes] == [("", "Softmax"), ("", "AffineGrid")]
    assert graph.nodes[0].version == 20
    assert graph.outputs[0].shape == (1, 4, 5, 2)


def test_an_operator_that_the_standard_does_not_have() -> None:
    with pytest.raises(ModelError, match="the ONNX standard has no operator 'Relux'"):
        resolve(parse("y = Relux(x)"))


def test_an_operator_of_a_stranger_is_listed_never_guessed() -> None:
    graph = resolve(parse("[a] u = com.example.Thing(x) [b] y = Relu(u)"))

    assert [node.problem for node in graph.nodes] == [
        "the shape of its output is unknown: no shape rule is known for it",
        "the shape of its output is unknown: the shape of its input 'u' is unknown",
    ]
    assert graph.outputs[0].shape is None


def test_what_the_file_declares_of_a_stranger_is_taken_and_said() -> None:
    model = parse("[a] u = com.example.Thing(x) [b] y = Relu(u)")
    model.graph.value_info.append(helper.make_tensor_value_info("u", 1, [1, 5]))

    graph = resolve(model)

    assert graph.outputs[0].shape == (1, 5)
    assert [node.problem for node in graph.nodes] == [None, None]
    assert graph.assumptions == (
        "Thing: output shapes are those that the file declares; no rule can find them",
    )


def test_what_the_file_declares_does_not_help_a_formula_without_its_inputs() -> None:
    model = parse("s = SequenceConstruct(x) [n] y = Conv(s, x)")
    model.graph.output[0].CopyFrom(helper.make_tensor_value_info("y", 1, [1, 5]))

    graph = resolve(model)

    assert graph.outputs[0].shape == (1, 5)
    assert graph.nodes[1].problem is not None


def test_an_initializer_without_a_name_is_not_what_a_left_out_input_means() -> None:
    model = parse("y = Dropout(x)")
    model.graph.node[0].input.extend(["", ""])
    model.graph.initializer.append(numpy_helper.from_array(np.array(1, bool), ""))

    assert resolve(model).assumptions == ()  # no training mode


def test_declarations_of_the_main_graph_are_not_those_of_a_function() -> None:
    # Both have a tensor u; what the file declares of one says nothing of the other.
    heads = 'opset_import: ["" : 18, "f" : 1]'
    model: Any = parser.parse_model(
        f"<ir_version: 9, {heads}> g (float[2] x) => (float[] y) {{ u = Relu(x) y = f.A(u) }} "
        f'<domain: "f", {heads}> A (p) => (q) {{ u = com.example.Thing(p) q = Neg(u) }}'
    )
    model.graph.value_info.append(helper.make_tensor_value_info("u", 1, [2]))

    assert resolve(model).outputs[0].shape is None


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("[n] y = Softmax <axis = 7> (x)", r"node 'n' \(Softmax\)"),
        ("[n] y = Transpose <perm = [0]> (x)", r"node 'n' \(Transpose\): perm"),
        ("[n] y, z, w = Relu(x)", r"node 'n' \(Relu\): it has no output 2, its operator gives 1"),
        ("[n] y = Relu()", r"node 'n' \(Relu\)"),
    ],
)
def test_contradictions_name_the_node(body: str, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        resolve(parse(body))


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ('y = Flatten <axis = "a"> (x)', "its attribute 'axis' is a string, it must be an int"),
        ("y = Transpose <perm = 1.5> (x)", "'perm' is a float, it must be a list of ints"),
        ("y = Selu <alpha = 1> (x)", "'alpha' is an int, it must be a float"),
    ],
)
def test_attributes_that_do_not_fit_are_named(body: str, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        resolve(parse(body))


def test_attributes_of_strangers_and_unknown_ones_are_left_alone() -> None:
    graph = resolve(parse("u = com.example.Thing <axis = 1.5> (x) y = Relu <why = 1> (x)"))

    assert graph.outputs[0].shape == (1, 3, 8, 8)


def test_outputs_that_nobody_asks_for() -> None:
    # Left out at the end; in the middle they keep their place under a name of their own.
    model = parse(
        "a, mask = Dropout(x) m, i = MaxPool <kernel_shape = [2,2]> (a) y = Neg(i)",
        outputs="int64[] y",
    )
    model.graph.node[0].output[1] = model.graph.node[1].output[0] = ""
    graph = resolve(model)

    dropout, pool, _ = graph.nodes
    assert [tensor.name for tensor in dropout.outputs] == ["a"]
    assert [tensor.name for tensor in pool.outputs] == ["MaxPool_1:0", "i"]


def test_random_numbers_are_no_constant() -> None:
    graph = resolve(parse("w = Constant <value_floats = [1.0]> () y = RandomUniformLike(w)"))

    assert [node.op_type for node in graph.nodes] == ["RandomUniformLike"]
    assert not graph.outputs[0].constant


def test_a_weight_through_views_and_layouts_keeps_its_source() -> None:
    graph = resolve(
        parse(
            "w = Constant <value = float[2,3] {1,2,3,4,5,6}> () t = Transpose(w) "
            "s = Constant <value_ints = [2, 3]> () r = Reshape(t, s) y = MatMul(x, r)",
            inputs="float[5,2] x",
        )
    )

    (node,) = graph.nodes
    assert node.inputs[1] is not None
    assert node.inputs[1].sources == ("w",)


def test_the_values_of_a_hostile_file_are_bounded() -> None:
    # Each node doubles a constant: beyond the limit only the shape is followed.
    doubling = [f"w{i + 1} = Concat <axis = 0> (w{i}, w{i})" for i in range(60)]
    body = " ".join(["w0 = Constant <value_ints = [1, 2]> ()", *doubling])

    graph = resolve(parse(body, outputs="int64[] w60"))

    assert graph.outputs[0].shape == (2**61,)
    with pytest.raises(ShapeError, match="2\\^63 elements"):
        resolve(parse(f"{body} w61 = Concat <axis = 0> (w60, w60, w60, w60) y = Neg(w61)"))


def test_overflow_in_shape_arithmetic_is_silent() -> None:
    graph = resolve(
        parse(
            f"a = Constant <value_int = {2**62}> () b = Mul(a, a) c = Size(x) d = Mul(c, b) "
            "y = Relu(x)"
        )
    )

    assert [node.op_type for node in graph.nodes] == ["Relu"]
