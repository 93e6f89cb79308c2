"""Open dimensions are bound, assumed and said, or asked for by the flag that binds them."""

from __future__ import annotations

from typing import Any

import pytest
from onnx import ModelProto, parser

from costscope.errors import ShapeError, UsageError
from costscope.shapes import Bindings, resolve


def model(inputs: str, body: str = "y = Relu(x)") -> ModelProto:
    parsed: Any = parser.parse_model(
        f'<ir_version: 8, opset_import: ["" : 18]> g ({inputs}) => (float[] y) {{ {body} }}'
    )
    return parsed


def test_a_batch_is_taken_as_1_and_said() -> None:
    graph = resolve(model("float[N,3,8,8] x"))

    assert graph.inputs[0].shape == (1, 3, 8, 8)
    assert graph.assumptions == (
        "the batch dimension 'N' is taken as 1 (bind it with --dim N=SIZE)",
    )


def test_a_bound_batch_is_no_assumption() -> None:
    graph = resolve(model("float[N,3,8,8] x"), Bindings(dims={"N": 4}))

    assert graph.outputs[0].shape == (4, 3, 8, 8)
    assert graph.assumptions == ()


def test_a_batch_without_a_name() -> None:
    graph = resolve(model("float[?,3] x"))

    assert graph.assumptions == (
        "the leading dimension of 'x' is taken as 1 (bind it with --input-shape x=...)",
    )


def test_one_symbol_is_one_size_everywhere() -> None:
    graph = resolve(
        model("float[N,S] x, float[N,S] z", "y = Add(x, z)"), Bindings(shapes={"x": (2, 7)})
    )

    assert graph.inputs[1].shape == (2, 7)


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ("float[N,width] x", "dimension 'width' of input 'x' is open; bind it with --dim width="),
        ("float[seq_len,8] x", "bind it with --dim seq_len=SIZE"),
        ("float[1,?] x", "dimension 1 of input 'x' is open and has no name; .*--input-shape x="),
        ("float[1,0] x", "dimension 1 is 0; bind the shape with --input-shape x="),
        ("float[1,-1] x", "dimension 1 is -1"),
        ("float[] x", "input 'x' has no shape; bind it with --input-shape x="),
        ("float[4611686018427387904,4] x", "2\\^63 elements"),
    ],
)
def test_open_dimensions_name_the_flag(inputs: str, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        resolve(model(inputs))


@pytest.mark.parametrize(
    ("bindings", "message"),
    [
        ({"dims": {"M": 2}}, "--dim M: no such symbol; the open dimensions are: N, S"),
        ({"shapes": {"z": (1,)}}, "--input-shape z: no such input; inputs are x"),
        ({"shapes": {"x": (1, 2, 3)}}, "3 sizes for an input of rank 2"),
        ({"shapes": {"x": (2, 3)}, "dims": {"N": 1}}, "N is 2 here and 1 elsewhere"),
    ],
)
def test_bindings_that_do_not_fit(bindings: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        resolve(model("float[N,S] x"), Bindings(**bindings))


@pytest.mark.parametrize(
    "wrong", [{"dims": {"N": 0}}, {"shapes": {"x": (1, -2)}}, {"trip_count": -1}]
)
def test_sizes_are_positive(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        Bindings(**wrong)


def test_a_shape_given_later_binds_the_symbols_of_earlier_inputs() -> None:
    graph = resolve(
        model("float[N,3] x, float[N,5] z", "y = Concat <axis = 1> (x, z)"),
        Bindings(shapes={"z": (4, 5)}),
    )

    assert graph.outputs[0].shape == (4, 8)
    assert graph.assumptions == ()


def test_a_resized_input_is_said() -> None:
    graph = resolve(model("float[1,3,224,224] x"), Bindings(shapes={"x": (1, 3, 192, 192)}))

    assert graph.outputs[0].shape == (1, 3, 192, 192)
    assert "input 'x' is resized from what the file says: 192 for 224" in graph.assumptions


def test_a_sequence_cannot_be_bound_like_a_tensor() -> None:
    with pytest.raises(UsageError, match="this input is no tensor"):
        resolve(model("seq(float[2]) x", "y = SequenceLength(x)"), Bindings(shapes={"x": (2,)}))
