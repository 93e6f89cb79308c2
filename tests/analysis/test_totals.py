"""Sums over kernels on graphs small enough to add up by hand."""

from __future__ import annotations

import pytest
from onnx import ModelProto, TensorProto, helper

import costscope
from costscope.analysis.totals import by_kind
from costscope.work import KernelKind


def model(nodes, inputs, constants, opset=17, domains=()):
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in inputs.items()],
        [helper.make_empty_tensor_value_info(nodes[-1].output[0])],
        [TensorProto(name=n, data_type=d, dims=s) for n, (d, s) in constants.items()],
    )
    imports = [helper.make_opsetid("", opset), *(helper.make_opsetid(d, 1) for d in domains)]
    return helper.make_model(graph, opset_imports=imports)


def gemm() -> ModelProto:
    """Y[2, 5] = X[2, 3] W[3, 5] + b[5]."""
    node = helper.make_node("Gemm", ["x", "w", "b"], ["y"])
    return model(
        [node],
        {"x": [2, 3]},
        {"w": (TensorProto.FLOAT, [3, 5]), "b": (TensorProto.FLOAT, [5])},
    )


def test_a_gemm_added_up():
    totals = costscope.analyze(gemm()).totals

    assert totals.work.macs == 2 * 3 * 5
    assert totals.params == 3 * 5 + 5
    assert totals.weight_bytes == 4 * 20
    assert totals.weight_bytes_by_dtype == {"float32": 80}
    assert totals.activation_bytes == 4 * (2 * 3 + 2 * 5)
    assert totals.traffic_bytes == 4 * (6 + 15 + 10)
    assert totals.memory_access == 6 + 15 + 10
    assert totals.peak_activation_bytes == 4 * (6 + 10)
    assert totals.arithmetic_intensity == totals.work.flops / 124


def test_as_int8_the_bias_is_int32():
    totals = costscope.analyze(gemm(), as_dtype="int8").totals

    assert totals.weight_bytes_by_dtype == {"int32": 4 * 5, "int8": 15}
    assert totals.traffic_bytes == 6 + 15 + 10


def test_as_fp16_everything_is_half():
    whole = costscope.analyze(gemm()).totals
    half = costscope.analyze(gemm(), as_dtype="fp16").totals

    assert half.weight_bytes * 2 == whole.weight_bytes
    assert half.traffic_bytes * 2 == whole.traffic_bytes
    assert half.work == whole.work


def test_a_weight_that_two_operators_share_is_stored_once_and_read_twice():
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["a"]),
        helper.make_node("MatMul", ["a", "w"], ["y"]),
    ]
    shared = model(nodes, {"x": [1, 4]}, {"w": (TensorProto.FLOAT, [4, 4])})

    analysis = costscope.analyze(shared, runtime="none")

    assert analysis.totals.params == 16
    assert analysis.totals.weight_bytes == 64
    assert sum(k.traffic.weight_bytes for k in analysis.first.kernels) == 128


def test_four_bit_weights_are_counted_as_the_numbers_they_are():
    """K=64, N=8, blocks of 32: 512 weights in 256 bytes, 16 scales."""
    node = helper.make_node(
        "MatMulNBits",
        ["x", "w", "s"],
        ["y"],
        domain="com.microsoft",
        K=64,
        N=8,
        bits=4,
        block_size=32,
    )
    packed = model(
        [node],
        {"x": [1, 64]},
        {"w": (TensorProto.UINT8, [8, 2, 16]), "s": (TensorProto.FLOAT, [16])},
        domains=["com.microsoft"],
    )

    totals = costscope.analyze(packed).totals

    assert totals.params == 512
    assert totals.weight_bytes == 256 + 4 * 16
    assert totals.work.macs == 512


def test_statistics_of_a_batch_norm_are_stored_but_not_learned():
    node = helper.make_node("BatchNormalization", ["x", "s", "b", "m", "v"], ["y"])
    names = {name: (TensorProto.FLOAT, [8]) for name in "sbmv"}

    totals = costscope.analyze(model([node], {"x": [1, 8, 4, 4]}, names)).totals

    assert (totals.params, totals.statistics, totals.weight_bytes) == (32, 16, 128)


@pytest.mark.parametrize("runtime", ["onnxruntime", "tflite", "ncnn", "none"])
def test_shares_by_kind_add_up_to_the_totals(runtime, mobilenet_v2):
    deployment = costscope.analyze(mobilenet_v2, "pixel6", runtime=runtime).first

    shares = by_kind(deployment)
    assert sum(s.kernels for s in shares) == len(deployment.kernels)
    assert sum(s.work.macs for s in shares) == deployment.totals.work.macs
    assert sum(s.activation_bytes for s in shares) == deployment.totals.activation_bytes
    prediction = deployment.prediction
    assert sum(s.latency_s or 0 for s in shares) == pytest.approx(
        prediction.latency_s - prediction.run_s, rel=1e-12
    )


def test_mobilenet_v2_as_published(mobilenet_v2):
    """300.77 M MACs; 3,504,872 parameters, of which 17,056 go when batch norm is folded."""
    analysis = costscope.analyze(mobilenet_v2)

    kinds = {share.kind: share.kernels for share in by_kind(analysis.first)}
    assert analysis.totals.work.macs == 300_774_272
    assert analysis.totals.params == 3_504_872 - 17_056
    assert len(analysis.first.kernels) == 65
    assert kinds[KernelKind.DEPTHWISE_CONV] == 17
    assert kinds[KernelKind.POINTWISE_CONV] == 34


def test_mobilenet_v2_peaks_as_mcunet_v2_published(mobilenet_v2):
    """1,470 KiB in int8; 1,372 kB with depthwise convolutions in place (MCUNetV2, Table 1)."""
    peaks = {
        runtime: costscope.analyze(
            mobilenet_v2, as_dtype="int8", runtime=runtime
        ).totals.peak_activation_bytes
        for runtime in ("onnxruntime", "tflite", "tflm", "tinyengine")
    }

    assert peaks["tinyengine"] == 1372 * 1024
    assert {peaks[name] for name in ("onnxruntime", "tflite", "tflm")} == {1470 * 1024}
