"""onnxruntime's own convolutions and pools: fused, channels last, and in blocks."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import pytest

from contrib_cases import (
    CONV_SCALES,
    INPUT_SCALES,
    NCHWC,
    NHWC,
    POINT,
    SCALE,
    Case,
    case,
    i32,
    shape_of,
    stored,
    u8,
    weight,
    words,
)
from costscope.errors import ShapeError
from costscope.ops import kind_of
from costscope.shapes import resolve
from costscope.work import KernelKind, Work
from single_node import floats, ints, model, node_of, work

X, OUTPUTS = (1, 3, 8, 8), 4 * 6 * 6
MACS = OUTPUTS * 3 * 9


def cost(made: Case) -> Work:
    return work(made.op_type, *made.inputs, **made.keywords)


def kind(made: Case) -> KernelKind:
    return kind_of(node_of(made.op_type, *made.inputs, **made.keywords))


@pytest.mark.parametrize(
    ("activation", "parts"),
    [
        ("Relu", [("Relu", {})]),
        ("Sigmoid", [("Sigmoid", {})]),
        ("Tanh", [("Tanh", {})]),
        ("HardSigmoid", [("HardSigmoid", {})]),
        ("LeakyRelu", [("LeakyRelu", {})]),
        ("Clip", [("Clip", {"opset": 6, "min": 0.0, "max": 6.0})]),
    ],
)
@pytest.mark.parametrize("residual", [False, True])
def test_a_fused_convolution_is_its_parts(
    activation: str, parts: list[tuple[str, dict[str, Any]]], *, residual: bool
) -> None:
    whole = work("Conv", X, weight(4, 3, 3, 3), weight(4))
    for op_type, keywords in parts:
        whole += work(op_type, (1, 4, 6, 6), **keywords)
    if residual:
        whole += work("Add", (1, 4, 6, 6), (1, 4, 6, 6))

    added = [(1, 4, 6, 6)] if residual else []
    made = case("FusedConv", X, weight(4, 3, 3, 3), weight(4), *added, activation=activation)

    assert cost(made) == whole
    assert whole.macs == MACS


@pytest.mark.parametrize("op_type", ["FusedConv", "NhwcFusedConv"])
@pytest.mark.parametrize(
    ("dims", "group", "expected"),
    [
        ((4, 3, 3, 3), 1, KernelKind.DENSE_CONV),
        ((4, 3, 1, 1), 1, KernelKind.POINTWISE_CONV),
        ((3, 1, 3, 3), 3, KernelKind.DEPTHWISE_CONV),
        ((6, 1, 1, 1), 3, KernelKind.DEPTHWISE_CONV),
        ((4, 3, 8, 8), 1, KernelKind.DENSE_CONV),
    ],
)
def test_kinds(op_type: str, dims: Any, group: int, expected: KernelKind) -> None:
    data = (1, 8, 8, 3) if op_type.startswith("Nhwc") else X

    assert kind(case(op_type, data, weight(*dims), group=group)) is expected


def test_a_pointwise_convolution_on_one_position_is_fully_connected() -> None:
    first = case("FusedConv", (1, 3, 1, 1), weight(4, 3, 1, 1))
    last = case("NhwcConv", (1, 1, 1, 3), weight(4, 3, 1, 1))

    assert kind(first) is kind(last) is KernelKind.FULLY_CONNECTED


def test_channels_last_cost_the_same() -> None:
    last = case("NhwcFusedConv", (1, 8, 8, 3), weight(4, 3, 3, 3), weight(4), activation="Relu")
    first = case("FusedConv", X, weight(4, 3, 3, 3), weight(4), activation="Relu")

    assert cost(last) == cost(first)


@pytest.mark.parametrize("last", [0, 1])
def test_quantized_convolution_is_the_standard_s(last: int) -> None:
    scales, kernel = (SCALE, POINT), stored(4, 3, 3, 3, dtype=np.int8)
    bias = i32(0, 0, 0, 0)
    plain = work("QLinearConv", u8(*X), *scales, kernel, *CONV_SCALES, bias)
    data = u8(1, 8, 8, 3) if last else u8(*X)

    found = cost(case("QLinearConv", data, *scales, kernel, *CONV_SCALES, bias, channels_last=last))

    assert found == plain
    assert found.macs == MACS


def test_transposed_convolution_is_the_standard_s() -> None:
    plain = work("ConvTranspose", (1, 3, 5, 5), weight(3, 4, 3, 3), weight(4), pads=[1, 1, 1, 1])

    found = case(
        "ConvTransposeWithDynamicPads", (1, 3, 5, 5), weight(3, 4, 3, 3), ints(1, 1, 1, 1),
        weight(4),
    )  # fmt: skip

    assert cost(found) == plain
    assert kind(found) is KernelKind.TRANSPOSED_CONV


def test_causal_convolutions() -> None:
    # 2*3*7 outputs of 4 taps, a bias, silu with 4 operations and an exp
    made = case("CausalConvWithState", (2, 3, 7), weight(3, 1, 4), weight(3), activation="silu")
    packed = case(
        "VarlenCausalConvWithState", (14, 3), weight(3, 1, 4), words(3), weight(3), (2, 3, 3),
        activation="silu",
    )  # fmt: skip

    assert cost(made) == cost(packed) == Work(42 * 4, 42 + 4 * 42, 42)
    assert kind(made) is KernelKind.DEPTHWISE_CONV


@pytest.mark.parametrize(
    ("made", "vector", "special"),
    [
        # 2 operations to a real number for each input, 1, and 2 to a quantized one
        (case("QLinearAdd", u8(2, 3), SCALE, POINT, u8(3), *INPUT_SCALES), 7 * 6, 0),
        (case("QLinearMul", u8(2, 3), SCALE, POINT, u8(3), *INPUT_SCALES), 7 * 6, 0),
        (case("MulInteger", u8(2, 3), POINT, u8(3), POINT), 3 * 6, 0),
        (case("QLinearLeakyRelu", u8(2, 3), *INPUT_SCALES), (2 + 3 + 2) * 6, 0),
        (case("QLinearSigmoid", u8(2, 3), *INPUT_SCALES), (2 + 3 + 2) * 6, 6),
        (case("QLinearGlobalAveragePool", u8(2, 3, 4, 5), *INPUT_SCALES), 120 + 4 * 6, 0),
        (
            case("QLinearAveragePool", u8(2, 3, 7, 7), *INPUT_SCALES, kernel_shape=[3, 3]),
            (9 + 4) * 2 * 3 * 25, 0,
        ),
        (case("QLinearReduceMean", u8(2, 3, 4), *INPUT_SCALES, axes=[1]), 24 + 5 * 8, 0),
        (case("ReduceSumInteger", u8(2, 3, 4), axes=[1]), 24, 0),
        (
            case("QLinearConcat", SCALE, POINT, u8(2, 3), SCALE, POINT, u8(2, 5), SCALE, POINT,
                 axis=1),
            4 * 16, 0,
        ),
        (case("NhwcMaxPool", u8(1, 8, 8, 3), kernel_shape=[2, 2]), 4 * 49 * 3, 0),
        (
            case("MaxpoolWithMask", (1, 2, 8, 8), words(1, 2, 8, 8), kernel_shape=[2, 2]),
            2 * 4 * 49 * 2, 0,
        ),
    ],
)  # fmt: skip
def test_8_bit_operators_and_pools(made: Case, vector: int, special: int) -> None:
    assert cost(made) == Work(vector_ops=vector, special_ops=special)


def test_blocks_are_counted_whole() -> None:
    # 24 channels lie in two blocks of 16: the weight in the file has 32.
    made = case(
        "Conv", (1, 32, 8, 8), weight(32, 32, 1, 1), weight(32), (1, 32, 8, 8),
        activation="Relu", domain=NCHWC,
    )  # fmt: skip
    outputs = 32 * 64

    # a bias, a residual and relu
    assert cost(made) == Work(outputs * 32, 3 * outputs)
    assert kind(made) is KernelKind.POINTWISE_CONV


def test_the_first_convolution_reads_plain_channels() -> None:
    made = case("Conv", X, weight(16, 3, 3, 3), pads=[1, 1, 1, 1], domain=NCHWC)

    assert cost(made) == Work(16 * 64 * 3 * 9)
    assert kind(made) is KernelKind.DENSE_CONV


def test_blocks_of_eight_are_taken_from_the_weight() -> None:
    # A file of a processor with small vectors: 24 channels are three blocks of 8.
    made = case("Conv", (1, 24, 8, 8), weight(40, 24, 1, 1), domain=NCHWC)

    assert node_of(made.op_type, *made.inputs, **made.keywords).output.dims == (1, 40, 8, 8)
    assert cost(made).macs == 40 * 64 * 24


@pytest.mark.parametrize(("channels", "said"), [(64, False), (24, True)])
def test_what_the_file_does_not_say_of_blocks(channels: int, *, said: bool) -> None:
    graph = resolve(model("ReorderInput", (1, channels, 5, 6), domain=NCHWC))

    assert any("multiples of 16" in sentence for sentence in graph.assumptions) == said


def test_padding_channels_are_said_to_count() -> None:
    graph = resolve(model("Conv", (1, 16, 5, 6), weight(16, 16, 1, 1), domain=NCHWC))

    assert graph.assumptions == (
        "convolutions in onnxruntime's blocked layout count the channels that round up its blocks",
    )


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (case("MaxPool", (1, 16, 8, 8), kernel_shape=[2, 2], domain=NCHWC), 16 * 49 * 4),
        (case("AveragePool", (1, 16, 8, 8), kernel_shape=[3, 3], domain=NCHWC), 16 * 36 * 9),
        (case("GlobalAveragePool", (1, 16, 8, 8), domain=NCHWC), 16 * 64),
        (case("Upsample", (1, 16, 4, 4), scales=[1, 1, 2, 2], mode="linear", domain=NCHWC),
         16 * 64 * 7),
        (case("Upsample", (1, 16, 4, 4), scales=[1, 1, 2, 2], domain=NCHWC), 0),
        (case("ReorderInput", (1, 24, 5, 6), domain=NCHWC), 0),
        (case("ReorderOutput", (1, 32, 5, 6), channels=24, domain=NCHWC), 0),
    ],
)  # fmt: skip
def test_other_operators_in_blocks(made: Case, expected: int) -> None:
    assert cost(made) == Work(vector_ops=expected)


def last(shape: tuple[int, ...]) -> tuple[int, ...]:
    return (shape[0], *shape[2:], shape[1])


@pytest.mark.parametrize(
    ("op_type", "inputs", "keywords"),
    [
        ("Conv", [(1, 6, 8, 9), weight(4, 3, 3, 3), weight(4)], {"group": 2}),
        ("ConvTranspose", [(1, 3, 8, 9), weight(3, 4, 3, 3)], {"strides": [2, 1]}),
        ("QLinearConv", [u8(1, 3, 8, 9), SCALE, POINT, stored(4, 3, 3, 3, dtype=np.int8),
                         *CONV_SCALES], {}),
        ("MaxPool", [(1, 3, 8, 9)], {"kernel_shape": [3, 2]}),
        ("AveragePool", [(1, 3, 8, 9)], {"kernel_shape": [3, 2], "strides": [2, 1]}),
        ("LpPool", [(1, 3, 8, 9)], {"kernel_shape": [3, 2]}),
        ("GlobalMaxPool", [(1, 3, 8, 9)], {}),
        ("GlobalAveragePool", [(1, 3, 8, 9)], {}),
        ("GlobalLpPool", [(1, 3, 8, 9)], {}),
        ("BatchNormalization", [(1, 3, 8, 9), *[weight(3)] * 4], {}),
        ("InstanceNormalization", [(1, 3, 8, 9), weight(3), weight(3)], {}),
        ("LRN", [(1, 3, 8, 9)], {"size": 3}),
        ("DepthToSpace", [(1, 8, 5, 4)], {"blocksize": 2}),
        ("SpaceToDepth", [(1, 2, 6, 4)], {"blocksize": 2}),
        ("GridSample", [(1, 3, 8, 9), (1, 5, 6, 2)], {}),
    ],
)  # fmt: skip
def test_providers_that_keep_channels_last(
    op_type: str, inputs: list[Any], keywords: dict[str, Any]
) -> None:
    plain = node_of(op_type, *inputs, opset=18, **keywords)
    shape = last(shape_of(inputs[0]))
    turned = u8(*shape) if not isinstance(inputs[0], tuple) or op_type == "QLinearConv" else shape
    moved = case(op_type, turned, *inputs[1:], domain=NHWC, **keywords)

    node = node_of(moved.op_type, *moved.inputs, **moved.keywords)

    assert node.output.dims == last(plain.output.dims)
    assert kind_of(node) is kind_of(plain)
    assert cost(moved) == work(op_type, *inputs, opset=18, **keywords)


def test_resize_with_channels_last_has_its_scales_in_that_order() -> None:
    scales = floats(1, 2, 3, 1)
    made = case("Resize", (1, 4, 5, 3), None, scales, mode="linear", domain=NHWC)
    plain = work("Resize", (1, 3, 4, 5), None, floats(1, 1, 2, 3), mode="linear", opset=18)

    assert node_of(made.op_type, *made.inputs, **made.keywords).output.dims == (1, 8, 15, 3)
    assert cost(made) == plain


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (case("FusedConv", X, weight(4, 2, 3, 3)), "3 input channels"),
        (case("FusedConv", X, weight(4, 3, 3, 3), None, (1, 4, 5, 5)), "a residual of shape"),
        (case("FusedConv", X, weight(4, 3, 3, 3), activation="Bogus"), "'Bogus'"),
        (case("NhwcConv", X, weight(4, 3, 3, 3)), "8 input channels"),
        (case("Conv", (1, 48, 8, 8), weight(16, 16, 1, 1), domain=NCHWC), "48 input channels"),
        (case("ReorderOutput", (1, 32, 5, 6), domain=NCHWC), "0 channels"),
        (case("ReorderOutput", (1, 32, 5, 6), channels=33, domain=NCHWC), "33 channels"),
        (case("Upsample", (1, 16, 4, 4), scales=[1, 1, 2], domain=NCHWC), "scales"),
        (case("NhwcMaxPool", (1, 8, 8, 3), kernel_shape=[9, 9]), "larger than its input"),
        (case("CausalConvWithState", (2, 3, 7), weight(2, 1, 4)), "does not fit"),
    ],
)
def test_refused_in_a_sentence(made: Case, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        node_of(made.op_type, *made.inputs, **made.keywords)


def test_pads_that_are_data() -> None:
    made = case("ConvTransposeWithDynamicPads", (1, 3, 5, 5), weight(3, 4, 3, 3), (4,))

    node = node_of(made.op_type, *made.inputs, **made.keywords)

    assert "computed from data" in str(node.problem)


def test_a_block_of_eight_is_inferred_for_the_whole_graph() -> None:
    # Behind a weight of 40 filters, no multiple of 16, an input of 20 channels is 24 in blocks.
    made = model("Conv", (1, 24, 5, 6), weight(40, 24, 1, 1), domain=NCHWC)
    node = onnx.helper.make_node("ReorderInput", ["plain"], ["blocked"], domain=NCHWC)
    made.graph.node.append(node)
    made.graph.input.append(
        onnx.helper.make_tensor_value_info("plain", onnx.TensorProto.FLOAT, (1, 20, 5, 6))
    )

    graph = resolve(made)

    assert graph.nodes[-1].output.dims == (1, 24, 5, 6)
