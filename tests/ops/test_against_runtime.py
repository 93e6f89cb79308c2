"""Shape rules against the shapes that onnxruntime really computes."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto

from single_node import RUNNABLE, Of, floats, ints, model, ran, shapes_of


def _agree(op_type: str, *inputs: Any, **keywords: Any) -> None:
    keywords.setdefault("opset", RUNNABLE)

    assert shapes_of(op_type, *inputs, **keywords) == ran(model(op_type, *inputs, **keywords))


@pytest.mark.parametrize("op_type", ["MaxPool", "AveragePool", "LpPool"])
@pytest.mark.parametrize("dilation", [1, 2])
@pytest.mark.parametrize("pads", [(0, 0), (1, 1), (1, 0), (0, 1)])
@pytest.mark.parametrize(("kernel", "stride"), [(2, 2), (3, 2), (2, 3), (3, 1)])
def test_pools_with_ceil_mode(
    op_type: str, kernel: int, stride: int, pads: tuple[int, int], dilation: int
) -> None:
    for size, ceil in itertools.product(range(5, 10), (0, 1)):
        _agree(
            op_type,
            (1, 2, size),
            kernel_shape=[kernel],
            strides=[stride],
            pads=pads,
            dilations=[dilation],
            ceil_mode=ceil,
        )


@pytest.mark.parametrize("mode", ["SAME_UPPER", "SAME_LOWER", "VALID"])
@pytest.mark.parametrize("op_type", ["MaxPool", "AveragePool"])
def test_pools_with_automatic_padding(op_type: str, mode: str) -> None:
    for size, stride in itertools.product(range(4, 9), (1, 2, 3)):
        _agree(op_type, (1, 2, size), kernel_shape=[3], strides=[stride], auto_pad=mode)


def test_pool_window_larger_than_its_input_rounded_up() -> None:
    _agree("MaxPool", (1, 2, 1), kernel_shape=[2], strides=[2], ceil_mode=1)


def test_max_pool_indices() -> None:
    _agree("MaxPool", (1, 2, 7, 7), kernel_shape=[3, 3], strides=[2, 2], outputs=2)


@pytest.mark.parametrize("mode", ["SAME_UPPER", "SAME_LOWER", "VALID", "NOTSET"])
def test_convolutions(mode: str) -> None:
    for size, stride, kernel in itertools.product(range(5, 9), (1, 2, 3), (1, 2, 3)):
        _agree("Conv", (1, 2, size), (4, 1, kernel), group=2, strides=[stride], auto_pad=mode)


@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"strides": [2, 2], "pads": [1, 1, 1, 1], "output_padding": [1, 1]},
        {"strides": [2, 3], "dilations": [2, 1], "pads": [0, 1, 2, 0]},
        {"strides": [2, 2], "auto_pad": "SAME_UPPER"},
        {"strides": [2, 2], "auto_pad": "SAME_LOWER"},
        {"strides": [3, 2], "auto_pad": "VALID"},
        {"strides": [2, 2], "output_shape": [11, 12]},
        {"strides": [1, 1], "auto_pad": "SAME_UPPER", "group": 2},
    ],
)
def test_transposed_convolutions(attributes: dict[str, Any]) -> None:
    _agree("ConvTranspose", (1, 4, 5, 6), (4, 3, 3, 3), **attributes)


@pytest.mark.parametrize("mode", ["nearest", "linear", "cubic"])
@pytest.mark.parametrize("scale", [0.3, 1 / 3, 0.6, 1.0, 1.5, 2.0, 7 / 3])
@pytest.mark.parametrize("size", [3, 5, 7, 10])
def test_resize_by_scales(size: int, scale: float, mode: str) -> None:
    _agree("Resize", (1, 1, size, size), None, floats(1, 1, scale, scale), mode=mode)


@pytest.mark.parametrize("policy", ["stretch", "not_larger", "not_smaller"])
@pytest.mark.parametrize("sizes", [(9, 9), (2, 5), (14, 6)])
def test_resize_by_sizes(sizes: tuple[int, int], policy: str) -> None:
    _agree(
        "Resize",
        (1, 2, 6, 8),
        None,
        None,
        ints(*sizes),
        axes=[2, 3],
        keep_aspect_ratio_policy=policy,
        opset=19,
    )


def test_resize_of_a_region() -> None:
    roi = floats(0, 0, 0.25, 0.25, 1, 1, 0.75, 0.75)

    _agree(
        "Resize",
        (1, 1, 8, 8),
        roi,
        floats(1, 1, 2, 2),
        mode="linear",
        coordinate_transformation_mode="tf_crop_and_resize",
        opset=13,
    )


def test_upsample() -> None:
    _agree("Upsample", (1, 2, 5, 5), floats(1, 1, 2, 1.5), opset=9)


@pytest.mark.parametrize("direction", ["forward", "bidirectional"])
@pytest.mark.parametrize(("name", "gates"), [("RNN", 1), ("GRU", 3), ("LSTM", 4)])
def test_recurrent(name: str, gates: int, direction: str) -> None:
    both = 1 + (direction == "bidirectional")

    _agree(
        name,
        (7, 3, 5),
        (both, gates * 4, 5),
        (both, gates * 4, 4),
        (both, 8 * gates),
        hidden_size=4,
        direction=direction,
        outputs=2 + (name == "LSTM"),
    )


@pytest.mark.parametrize("keepdims", [0, 1])
@pytest.mark.parametrize("axes", [None, (0,), (-1, 1)])
@pytest.mark.parametrize("name", ["ReduceSum", "ReduceMean", "ReduceMax", "ReduceLogSumExp"])
def test_reductions(name: str, axes: tuple[int, ...] | None, keepdims: int) -> None:
    given = () if axes is None else (ints(*axes),)

    _agree(name, (2, 3, 4), *given, keepdims=keepdims, opset=18)


@pytest.mark.parametrize(
    ("first", "second"),
    [((4,), (4,)), ((4,), (2, 4, 3)), ((2, 3, 4), (4,)), ((5, 1, 3, 4), (2, 4, 6))],
)
def test_matmul(first: tuple[int, ...], second: tuple[int, ...]) -> None:
    _agree("MatMul", first, second)


@pytest.mark.parametrize(
    ("equation", "shapes"),
    [
        ("ij,jk->ik", [(2, 3), (3, 4)]),
        ("ij,jk", [(2, 3), (3, 4)]),
        ("...ij,...jk->...ik", [(6, 2, 3), (6, 3, 4)]),
        ("bij,bjk,bkl->bil", [(2, 3, 4), (2, 4, 5), (2, 5, 6)]),
        ("ii", [(3, 3)]),
        ("i...->...", [(3, 4, 5)]),
        ("...a,...b->ab...", [(2, 3), (2, 4)]),
    ],
)
def test_einsum(equation: str, shapes: list[tuple[int, ...]]) -> None:
    _agree("Einsum", *shapes, equation=equation)


@pytest.mark.parametrize(
    ("inputs", "attributes", "outputs"),
    [
        ([(2, 4, 5, 8), (2, 4, 6, 8), (2, 4, 6, 10)], {}, 1),
        ([(2, 5, 32), (2, 6, 16), (2, 6, 20)], {"q_num_heads": 4, "kv_num_heads": 2}, 1),
        (
            [(2, 4, 1, 8), (2, 4, 1, 8), (2, 4, 1, 8), None, (2, 4, 9, 8), (2, 4, 9, 8)],
            {},
            4,
        ),
    ],
)
def test_attention(inputs: list[Any], attributes: dict[str, Any], outputs: int) -> None:
    _agree("Attention", *inputs, outputs=outputs, **attributes)


def test_batch_normalization_in_training() -> None:
    _agree("BatchNormalization", (2, 3, 4, 4), (3,), (3,), (3,), (3,), training_mode=1, outputs=3)


def test_layer_normalization_with_statistics() -> None:
    _agree("LayerNormalization", (2, 3, 4), (3, 4), (3, 4), axis=1, outputs=3)


def test_quantized_convolution() -> None:
    scale, point = np.array(0.5, np.float32), np.array(1, np.uint8)
    data, weight = Of(TensorProto.UINT8, (1, 2, 6, 6)), Of(TensorProto.UINT8, (4, 2, 3, 3))

    _agree("QLinearConv", data, scale, point, weight, scale, point, scale, point)


def test_max_unpool() -> None:
    index = Of(TensorProto.INT64, (1, 1, 3, 3))

    _agree("MaxUnpool", (1, 1, 3, 3), index, kernel_shape=[2, 2], strides=[2, 2])
    _agree("MaxUnpool", (1, 1, 3, 3), index, ints(1, 1, 7, 8), kernel_shape=[2, 2], strides=[2, 2])


def test_regions() -> None:
    index = Of(TensorProto.INT64, (5,))

    _agree("RoiAlign", (2, 3, 8, 8), (5, 4), index, output_height=2, output_width=3, opset=16)
    _agree("MaxRoiPool", (2, 3, 8, 8), (5, 5), pooled_shape=[2, 3], opset=16)


def test_grid_sample() -> None:
    _agree("GridSample", (2, 3, 8, 8), (2, 4, 5, 2), opset=20)


@pytest.mark.parametrize("attributes", [{}, {"onesided": 0}, {"onesided": 1}])
@pytest.mark.parametrize("length", [16, 15])
def test_short_time_transforms(length: int, attributes: dict[str, int]) -> None:
    step, frame = np.array(8, np.int64), np.array(length, np.int64)

    _agree("STFT", (2, 64, 1), step, None, frame, opset=17, **attributes)
    _agree("STFT", (2, 64, 1), step, (length,), opset=17, **attributes)


@pytest.mark.parametrize(
    ("opset", "inputs", "attributes"),
    [
        (17, [(2, 16, 1)], {"axis": 1, "onesided": 1}),
        (17, [(2, 16, 5, 2)], {"axis": 2}),
        (20, [(2, 16, 5, 2)], {}),
        (20, [(2, 16, 5, 1), np.array(9, np.int64), np.array(1, np.int64)], {"onesided": 1}),
    ],
)
def test_fourier_transforms(opset: int, inputs: list[Any], attributes: dict[str, int]) -> None:
    _agree("DFT", *inputs, opset=opset, **attributes)
