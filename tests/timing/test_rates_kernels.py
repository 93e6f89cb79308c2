"""The layer of a kernel: sizes that its operator and tensors give, worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from costscope.pipeline import analyze
from costscope.timing.rates.kernels import layer_of, network_of
from costscope.timing.rates.layer import Layer, Network
from costscope.work import KernelKind
from rated_cases import schedule_of
from written import graph


def layers(network: str, runtime: str = "tflite", **more: Any) -> tuple[Layer, ...]:
    found = graph(network, **more) if more else network
    return network_of(schedule_of(found, runtime)).layers


def only(network: str, runtime: str = "tflite", **more: Any) -> Layer:
    (found,) = layers(network, runtime, **more)
    return found


def shape(layer: Layer) -> tuple[Any, ...]:
    return (layer.channels, layer.filters, layer.groups, layer.kernel, layer.stride, layer.map)


@pytest.mark.parametrize(
    ("body", "kind", "expected", "macs", "weights"),
    [
        ("y = Conv(x, w)", "pointwise_conv", (8, 8, 1, (1, 1), (1, 1), (6, 6)), 2304, 64),
        (
            "y = Conv <pads = [1, 1, 1, 1], strides = [2, 2]> (x, w3)",
            "dense_conv",
            (8, 8, 1, (3, 3), (2, 2), (3, 3)),
            8 * 8 * 9 * 9,
            576,
        ),
        (
            "y = Conv <group = 8, pads = [1, 1, 1, 1]> (x, dw)",
            "depthwise_conv",
            (8, 8, 8, (3, 3), (1, 1), (6, 6)),
            8 * 9 * 36,
            72,
        ),
    ],
)
def test_convolutions(
    body: str, kind: str, expected: tuple[Any, ...], macs: int, weights: int
) -> None:
    found = only(body)

    assert found.kind == kind
    assert shape(found) == expected
    assert (found.macs, found.weight_elements) == (macs, weights)
    assert found.read_elements == 288
    assert found.write_elements == 8 * found.positions
    assert found.operation == "conv"


def test_an_activation_in_the_same_kernel_changes_nothing() -> None:
    plain, fused = only("y = Conv(x, w)"), only("a = Conv(x, w) y = Relu(a)")

    assert shape(fused) == shape(plain)
    assert fused.macs == plain.macs
    assert fused.moved_elements == plain.moved_elements


@pytest.mark.parametrize(
    ("body", "operation", "kernel", "stride", "size"),
    [
        (
            "y = MaxPool <kernel_shape = [2, 2], strides = [2, 2]> (x)",
            "max_pool",
            (2, 2),
            (2, 2),
            (3, 3),
        ),
        ("y = GlobalAveragePool(x)", "global_average_pool", (6, 6), (1, 1), (1, 1)),
    ],
)
def test_pools(
    body: str,
    operation: str,
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    size: tuple[int, ...],
) -> None:
    found = only(body)

    assert found.kind is KernelKind.POOLING
    assert found.operation == operation
    assert shape(found) == (8, 8, 1, kernel, stride, size)
    assert (found.macs, found.weight_elements) == (0, 0)


def test_rows_of_a_product_are_its_map() -> None:
    found = only("y = MatMul(x, m)", inputs="float[2,5,16] x")

    assert found.kind is KernelKind.FULLY_CONNECTED
    assert (found.channels, found.filters, found.groups, found.map) == (16, 16, 1, (10,))
    assert (found.macs, found.weight_elements) == (2 * 5 * 16 * 16, 256)


def test_a_product_of_activations_has_a_group_for_each_run() -> None:
    found = only(
        "y = MatMul(x, z)", inputs="float[2,3,5,16] x, float[2,3,16,7] z", outputs="float[] y"
    )

    assert found.kind is KernelKind.BATCHED_MATMUL
    assert (found.channels, found.filters, found.groups, found.map) == (16, 7, 6, (5,))
    assert found.read_elements == 6 * (5 * 16 + 16 * 7)
    assert found.weight_elements == 0


def test_elements_stay_elements_in_other_types() -> None:
    whole = only("y = Conv(x, w)")
    small_graph = analyze(graph("y = Conv(x, w)"), as_dtype="int8", runtime="tflite").first
    (small,) = (each for each in network_of(small_graph.schedule).layers if each.macs)

    assert small.dtype == "int8"
    assert (small.read_elements, small.write_elements, small.weight_elements) == (288, 288, 64)
    assert shape(small) == shape(whole)


def test_a_gather_reads_what_it_takes_alone() -> None:
    found = only(
        "y = Gather <axis = 0> (x, i)",
        inputs="float[1000,16] x, int64[4] i",
    )

    assert found.read_elements <= 64 + 4 + 64
    assert found.write_elements == 64


def test_what_enters_and_leaves_a_network() -> None:
    found = network_of(
        schedule_of("a = Conv(x, w) y = MaxPool <kernel_shape = [6, 6]> (a)"),
        name="n",
        weight_bytes=256,
    )

    assert (found.name, found.weight_bytes) == ("n", 256)
    assert (found.input_elements, found.output_elements) == (288, 8)
    assert found.macs == 2304
    assert found.peak_bytes == 4 * (288 + 288)


def test_runs_in_a_loop_count() -> None:
    layer = Layer(kind=KernelKind.DENSE_CONV, operation="conv", macs=5, repeats=3)

    assert Network(name="n", layers=(layer, layer)).macs == 30


@pytest.mark.parametrize("runtime", ["onnxruntime", "tflite", "ncnn", "tflm", "none"])
def test_layers_of_a_real_network_add_up(runtime: str) -> None:
    """Every MAC is the product of the sizes that its layer says."""
    first = analyze("zoo:mobilenet_v2", runtime=runtime).first

    for step in first.schedule.steps:
        found = layer_of(step.kernel)
        if found.macs:
            inside = found.channels // found.groups
            assert found.macs == inside * found.filters * max(1, found.area) * found.positions
    assert network_of(first.schedule).macs == first.totals.work.macs
