"""Convolutions: what they compute, counted by hand, in loops and by law."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto

from costscope.errors import ShapeError
from costscope.ops import Slot, slot_of
from costscope.work import KernelKind, Work
from single_node import Of, kind, node_of, shapes_of, work

SCALE, POINT = np.array(0.5, np.float32), np.array(1, np.uint8)


def weight(*shape: int) -> np.ndarray[Any, Any]:
    return np.zeros(shape, np.float32)


def test_first_layer_of_mobilenet() -> None:
    found = work("Conv", (1, 3, 224, 224), (32, 3, 3, 3), (32,), strides=[2, 2], pads=[1] * 4)

    # 112 * 112 * 32 outputs, each 3 * 3 * 3 products and one addition of the bias
    assert found == Work(macs=112 * 112 * 32 * 27, vector_ops=112 * 112 * 32)
    assert found.macs == 10_838_016


def test_without_bias_nothing_is_added() -> None:
    assert work("Conv", (1, 3, 8, 8), (4, 3, 1, 1)) == Work(macs=8 * 8 * 4 * 3)


def count_in_loops(
    channels: int, out: int, size: int, kernel: int, stride: int, pad: int, group: int
) -> int:
    """Multiplications of a 2-D convolution written as loops, padded positions included."""
    count = 0
    for _ in range(out):
        for top, left in itertools.product(range(-pad, size + pad, stride), repeat=2):
            if max(top, left) + kernel > size + pad:
                continue
            for _ in itertools.product(range(channels // group), range(kernel), range(kernel)):
                count += 1
    return count


@pytest.mark.parametrize("group", [1, 2, 4])
@pytest.mark.parametrize(("kernel", "stride", "pad"), [(1, 1, 0), (3, 1, 1), (3, 2, 0), (2, 3, 1)])
def test_macs_are_those_of_the_loops(kernel: int, stride: int, pad: int, group: int) -> None:
    found = work(
        "Conv",
        (1, 4, 7, 7),
        (8, 4 // group, kernel, kernel),
        group=group,
        strides=[stride] * 2,
        pads=[pad] * 4,
    )

    assert found.macs == count_in_loops(4, 8, 7, kernel, stride, pad, group)


def scatter_in_loops(channels: int, out: int, size: int, kernel: int, group: int) -> int:
    """Multiplications of a transposed convolution: every input meets a whole window."""
    count = 0
    for _ in itertools.product(range(channels), range(size), range(size)):
        for _ in itertools.product(range(out // group), range(kernel), range(kernel)):
            count += 1
    return count


@pytest.mark.parametrize("group", [1, 2])
def test_transposed_macs_are_those_of_the_loops(group: int) -> None:
    found = work(
        "ConvTranspose",
        (1, 4, 5, 5),
        (4, 6 // group, 3, 3),
        (6,),
        group=group,
        strides=[2, 2],
        pads=[1] * 4,
    )

    assert found.macs == scatter_in_loops(4, 6, 5, 3, group)
    assert found.vector_ops == 6 * 9 * 9  # 2*(5-1) + 3 - 2 = 9


@settings(max_examples=30, deadline=None)
@given(
    batch=st.integers(1, 4),
    group=st.sampled_from([1, 2, 4]),
    kernel=st.integers(1, 3),
    stride=st.integers(1, 2),
    size=st.integers(3, 9),
)
def test_batch_multiplies_and_groups_divide(
    batch: int, group: int, kernel: int, stride: int, size: int
) -> None:
    one = work("Conv", (1, 8, size, size), (8, 8, kernel, kernel), strides=[stride] * 2)

    found = work(
        "Conv",
        (batch, 8, size, size),
        (8, 8 // group, kernel, kernel),
        strides=[stride] * 2,
        group=group,
    )

    assert found.macs * group == one.macs * batch


@settings(max_examples=30, deadline=None)
@given(size=st.integers(1, 6), channels=st.integers(1, 6), out=st.integers(1, 6))
def test_pointwise_convolution_is_a_matrix_product(size: int, channels: int, out: int) -> None:
    conv = work("Conv", (1, channels, size, size), (out, channels, 1, 1))

    assert conv == work("MatMul", (1, size * size, channels), (channels, out))


@pytest.mark.parametrize(
    ("data", "shape", "group", "expected"),
    [
        ((1, 8, 9, 9), (16, 8, 3, 3), 1, KernelKind.DENSE_CONV),
        ((1, 8, 9, 9), (16, 8, 1, 1), 1, KernelKind.POINTWISE_CONV),
        ((1, 8, 1, 1), (16, 8, 1, 1), 1, KernelKind.FULLY_CONNECTED),
        ((1, 8, 9, 9), (8, 1, 3, 3), 8, KernelKind.DEPTHWISE_CONV),
        ((1, 8, 9, 9), (16, 2, 1, 1), 4, KernelKind.GROUPED_CONV),
        ((1, 1, 9, 9), (16, 1, 3, 3), 1, KernelKind.DENSE_CONV),
    ],
)
def test_kinds(
    data: tuple[int, ...], shape: tuple[int, ...], group: int, expected: KernelKind
) -> None:
    assert kind("Conv", data, weight(*shape), group=group) is expected


def test_quantized_convolution() -> None:
    inputs = [
        Of(TensorProto.UINT8, (1, 2, 6, 6)),
        SCALE,
        POINT,
        Of(TensorProto.INT8, (4, 1, 3, 3)),
        SCALE,
        np.array(0, np.int8),
        SCALE,
        POINT,
        np.zeros(4, np.int32),
    ]

    found = work("QLinearConv", *inputs, group=2)

    outputs = 4 * 4 * 4
    # requantization takes 2 operations, the bias 1
    assert found == Work(macs=outputs * 9, vector_ops=outputs * 3)
    assert kind("QLinearConv", *inputs, group=2) is KernelKind.DEPTHWISE_CONV
    slots = [slot_of(("", "QLinearConv"), slot) for slot in range(9)]
    assert [s.value for s in slots] == [
        "weight",
        "quantization",
        "quantization",
        "weight",
        "quantization",
        "quantization",
        "quantization",
        "quantization",
        "bias",
    ]


def test_integer_convolution_counts_in_32_bits() -> None:
    byte = Of(TensorProto.UINT8, (1, 2, 6, 6))

    node = node_of("ConvInteger", byte, Of(TensorProto.UINT8, (4, 2, 3, 3)))

    assert node.output.dtype.name == "int32"
    assert work("ConvInteger", byte, Of(TensorProto.UINT8, (4, 2, 3, 3))) == Work(4 * 16 * 18)


def test_deformable_convolution_interpolates_its_samples() -> None:
    inputs = [(1, 2, 5, 5), (4, 2, 3, 3), (1, 18, 3, 3), (4,)]

    # 2 channels * 9 taps * 9 positions = 162 samples of 4 products and 3 additions
    assert work("DeformConv", *inputs) == Work(4 * 9 * 18, 162 * 7 + 4 * 9)
    assert work("DeformConv", *inputs, (1, 9, 3, 3)) == Work(4 * 9 * 18, 162 * 8 + 4 * 9)


def test_causal_convolution() -> None:
    inputs = [(2, 4, 9), (4, 1, 3), (4,)]

    # 72 outputs with 3 taps; the bias is 1, SiLU 4 operations and an exp
    assert work("CausalConvWithState", *inputs, outputs=2) == Work(72 * 3, 72)
    found = work("CausalConvWithState", *inputs, outputs=2, activation="silu")
    assert found == Work(72 * 3, 72 * 5, 72)
    assert shapes_of("CausalConvWithState", *inputs, outputs=2) == [(2, 4, 9), (2, 4, 2)]


def test_col2im_adds_every_input_once() -> None:
    given = (np.array([5, 6]), np.array([2, 2]))

    assert work("Col2Im", (1, 12, 20), *given) == Work(vector_ops=12 * 20)


def test_bias_is_a_bias() -> None:
    assert slot_of(("", "Conv"), 2) is Slot.BIAS
    assert slot_of(("", "Conv"), 1) is Slot.WEIGHT


@pytest.mark.parametrize(
    ("op_type", "inputs", "attributes", "sentence"),
    [
        ("Conv", [(1, 3, 8, 8), (4, 3, 3)], {}, "rank 4 with a weight of rank 3"),
        ("Conv", [(1, 3, 8, 8), (4, 2, 3, 3)], {}, "3 input channels do not fit"),
        ("Conv", [(1, 4, 8, 8), (3, 2, 3, 3)], {"group": 2}, "in 2 groups"),
        ("Conv", [(1, 3, 2, 2), (4, 3, 3, 3)], {}, "window of 3 is larger than its input of 2"),
        ("Conv", [(1, 3, 8, 8), (4, 3, 3, 3)], {"pads": [1, 1]}, "pads has 2 entries"),
        ("Conv", [(1, 3, 8, 8), (4, 3, 3, 3)], {"strides": [2]}, "strides has 1 entries"),
        ("Conv", [(1, 3, 8, 8), (4, 3, 3, 3)], {"strides": [0, 1]}, "must be at least 1"),
        ("Conv", [(1, 3, 8, 8), (4, 3, 3, 3)], {"group": 0}, "0 groups"),
        ("ConvTranspose", [(1, 3, 8, 8), (4, 3, 3, 3)], {}, "3 input channels in 1 groups"),
        ("ConvTranspose", [(1, 3, 2, 2), (3, 3, 1, 1)], {"pads": [1] * 4}, "leave nothing"),
        ("CausalConvWithState", [(2, 4, 9), (4, 2, 3)], {"outputs": 2}, "does not fit a weight"),
    ],
)
def test_contradictions_are_told(
    op_type: str, inputs: list[Any], attributes: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ShapeError, match=sentence) as error:
        node_of(op_type, *inputs, **attributes)
    assert str(error.value).startswith(f"node '{op_type}'")
