"""Convolutions of kernels: the paper's sizes, and others in their place."""

from __future__ import annotations

from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costscope.kernels.types import Kernel
from costscope.pipeline import analyze
from costscope.whatif.case import Case
from costscope.whatif.convolution import Convolution, convolution, widened
from written import model

BODY = "t1 = Conv(x, w) t2 = Relu(t1) t3 = Conv(t2, w2) t4 = Add(t3, x) y = Relu(t4)"


def case_of(source, hardware="pixel6", **options) -> Case:
    analysis = analyze(source, hardware, **options)
    return Case(analysis, analysis.first)


def found_in(case: Case, name: str) -> tuple[Kernel, Convolution]:
    (kernel,) = [k for k in case.deployment.kernels if k.name == name]
    conv = convolution(kernel)
    assert conv is not None
    return kernel, conv


def test_the_sizes_of_a_pointwise_convolution():
    case = case_of("zoo:mobilenet_v2")
    _, conv = found_in(case, "stage2.block1.expand")

    assert (conv.channels, conv.filters, conv.groups, conv.window) == (16, 96, 1, (1, 1))
    assert conv.positions == 112 * 112
    assert conv.macs == 112 * 112 * 16 * 96
    assert conv.ratio == 6
    assert not conv.is_depthwise


def test_the_sizes_of_a_depthwise_convolution():
    _, conv = found_in(case_of("zoo:mobilenet_v2"), "stage2.block1.depthwise")

    # 96 channels, a 3x3 window and a step of 2: 56 x 56 positions.
    assert (conv.groups, conv.area, conv.is_depthwise) == (96, 9, True)
    assert conv.macs == 56 * 56 * 96 * 9
    assert conv.memory_access == 56 * 56 * 192 + 96 * 9


@given(
    st.integers(1, 64),
    st.integers(1, 64),
    st.integers(1, 400),
    st.sampled_from([1, 2, 4]),
    st.sampled_from([1, 9, 25]),
)
def test_memory_access_is_never_below_its_bound(c1, c2, positions, groups, area):
    conv = sized(c1 * groups, c2 * groups, positions, groups, area)

    assert conv.memory_access >= conv.memory_access_bound * (1 - 1e-12)
    if c1 == c2:
        assert conv.memory_access == pytest.approx(conv.memory_access_bound)


def sized(channels: int, filters: int, positions: int, groups: int, area: int) -> Convolution:
    side = round(sqrt(area))
    return Convolution(
        node=None,
        data=None,
        weight=None,
        channels=channels,
        filters=filters,
        groups=groups,
        window=(side, side),
        positions=positions,
    )


def test_the_ratios_of_the_papers_first_table():
    # ShuffleNet V2, Table 1: 56 x 56, widths of 1:1, 1:2, 1:6 and 1:12 at about equal MACs.
    widths = [(128, 128), (90, 180), (52, 312), (36, 432)]

    # 3136 (128 + 128) + 128 * 128 = 819,200; 862,920; 1,157,728; 1,483,200.
    access = [sized(c1, c2, 56 * 56, 1, 1).memory_access for c1, c2 in widths]

    assert [round(each / access[0], 4) for each in access] == [1, 1.0534, 1.4132, 1.8105]


def test_other_kernels_are_no_convolutions():
    kernels = case_of("zoo:mobilenet_v1").deployment.kernels

    assert all(convolution(k) is None for k in kernels if k.kind in ("pooling", "elementwise"))
    assert any(convolution(k) is not None for k in kernels)


@pytest.mark.parametrize("runtime", ["tflite", "ncnn", "onnxruntime", "none"])
@pytest.mark.parametrize(("channels", "filters", "groups"), [(16, 8, 1), (8, 32, 1), (8, 8, 4)])
def test_a_widened_convolution_does_what_its_sizes_say(runtime, channels, filters, groups):
    case = case_of(model(BODY), None, runtime=runtime)
    kernel, conv = next(
        (k, c) for k in case.deployment.kernels if (c := convolution(k)) is not None
    )

    changed = widened(case.graph, kernel, conv, channels=channels, filters=filters, groups=groups)

    kernels = case.deployed(changed).kernels
    (other,) = [k for k in kernels if k.name == kernel.name]
    assert other.work.macs == 36 * channels * filters // groups
    assert other.traffic.weight_bytes == channels * filters // groups * 4
    assert (other.op_types, other.runs_as) == (kernel.op_types, kernel.runs_as)
    # Its neighbours are as they were.
    rest = {k.name: k.traffic for k in case.deployment.kernels if k is not kernel}
    assert {k.name: k.traffic for k in kernels if k is not other} == rest


def test_what_is_fused_with_it_follows_its_widths():
    case = case_of(model(BODY), None, runtime="onnxruntime")
    kernel, conv = found_in(case, "Conv_0")
    assert kernel.op_types == ("Conv", "Relu")

    changed = widened(case.graph, kernel, conv, channels=8, filters=16)

    (other,) = [k for k in case.deployed(changed).kernels if k.name == kernel.name]
    assert {t.shape for t in other.writes} == {(1, 16, 6, 6)}


def test_a_quantized_convolution_is_seen_in_its_file():
    case = case_of("zoo:mobilenet_v2", "coral_edgetpu", as_dtype="int8")
    _, conv = found_in(case, "stage2.block1.expand")

    assert (conv.channels, conv.filters) == (16, 96)
