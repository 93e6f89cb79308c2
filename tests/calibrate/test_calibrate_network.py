"""Designed networks: valid, repeatable, varied."""

from __future__ import annotations

from collections import Counter

import onnx
import pytest

import costscope
from costscope.calibrate.draw import Draw
from costscope.calibrate.network import network


@pytest.mark.parametrize("seed", [1000, 1001, 1002, 1003])
def test_a_network_is_valid_and_has_the_shape_of_a_classifier(seed: int) -> None:
    model = network(seed)

    onnx.checker.check_model(model, full_check=True)

    assert len(model.graph.input[0].type.tensor_type.shape.dim) == 4
    assert model.graph.output[0].type.tensor_type.shape.dim[1].dim_value in {10, 100, 1000}
    assert not costscope.analyze(model).uncosted


@pytest.mark.parametrize("dtype", ["float32", "float16", "int8"])
def test_equal_seeds_give_equal_networks(dtype: str) -> None:
    once, again = (network(1003, dtype=dtype).SerializeToString() for _ in range(2))

    assert once == again
    assert once != network(1004, dtype=dtype).SerializeToString()


def test_element_types_change_the_network_s_edges_and_kernels() -> None:
    half, quantized = network(1003, dtype="float16"), network(1003, dtype="int8")

    assert half.graph.input[0].type.tensor_type.elem_type == onnx.TensorProto.FLOAT16
    assert {"QuantizeLinear", "DequantizeLinear"} <= {n.op_type for n in quantized.graph.node}


def test_a_batch_is_in_the_input() -> None:
    dims = network(1000, batch=3).graph.input[0].type.tensor_type.shape.dim

    assert dims[0].dim_value == 3


def test_networks_differ_in_size_by_orders_of_magnitude() -> None:
    macs = sorted(costscope.analyze(network(seed)).totals.work.macs for seed in range(1000, 1030))

    assert macs[-1] > 50 * macs[0]


def test_many_operators_are_met_in_a_few_networks() -> None:
    met = Counter(n.op_type for seed in range(1000, 1030) for n in network(seed).graph.node)

    assert len(met) > 35
    assert {"Conv", "MatMul", "Transpose", "Resize", "LSTM", "Softmax", "Concat"} <= met.keys()


def test_a_draw_stays_within_its_ends() -> None:
    draw = Draw(0)

    whole = [draw.whole(3, 26) for _ in range(500)]

    assert (min(whole), max(whole)) == (3, 26)
    assert all(10 <= draw.between(10, 20) <= 20 for _ in range(100))
    assert all(draw.channels(8, 64) >= 1 for _ in range(200))


def test_a_draw_is_as_likely_in_one_octave_as_in_another() -> None:
    draw = Draw(1)

    low = sum(draw.between(1, 16) < 4 for _ in range(2000))

    assert low == pytest.approx(1000, abs=120)


def test_channels_are_mostly_multiples_of_eight() -> None:
    draw = Draw(2)

    made = [draw.channels(32, 512) for _ in range(400)]

    assert 0.7 < sum(each % 8 == 0 for each in made) / 400 < 0.98
