"""The bytes at a kernel's edges, worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

import written
from costscope.kernels.fuse import fuse
from costscope.kernels.runtimes import RUNTIMES
from costscope.kernels.types import Kernel, Traffic
from costscope.work import KernelKind

# x: 1x8x6x6 floats are 288 elements, 1152 bytes; w: 8x8x1x1 are 64, 256 bytes.
IMAGE, WEIGHT = 1152, 256
FRONT = "d = DequantizeLinear(x, s, zp) wd = DequantizeLinear<axis = 0>(qw, sw, zw) "
BACK = " q = QuantizeLinear(o, s2, zp100) y = DequantizeLinear(q, s2, zp100)"


def only(runtime: str, body: str, inputs: str = written.IMAGE, outputs: str = "float[] y"):
    (kernel,) = written.kernels(runtime, body, inputs, outputs)
    return kernel


def names(tensors) -> list[str]:
    return [tensor.name for tensor in tensors]


def test_a_convolution_moves_its_image_twice_and_its_weights_but_not_its_bias() -> None:
    kernel = only("none", "y = Conv(x, w, b)")

    assert kernel.traffic == Traffic(WEIGHT, IMAGE, IMAGE)
    assert names(kernel.reads) == ["x"]
    assert names(kernel.writes) == ["y"]
    assert names(kernel.weights) == ["w"]
    assert kernel.parameters == ("w", "b")
    assert kernel.memory_access == 288 + 288 + 64
    # hw = 36 positions, B = 36*8*8 MACs, k = 1: 2*sqrt(36*2304) + 2304/36
    assert kernel.memory_access_bound == pytest.approx(2 * (36 * 2304) ** 0.5 + 64)


def test_what_happens_inside_a_kernel_moves_nothing() -> None:
    kernel = only("onnxruntime", "a = Conv(x, w, b) y = Relu(a)")

    assert kernel.traffic == Traffic(WEIGHT, IMAGE, IMAGE)
    assert kernel.op_types == ("Conv", "Relu")
    assert kernel.kind is KernelKind.POINTWISE_CONV
    assert kernel.work.vector_ops == 2 * 288  # bias and activation
    assert kernel.compute_dtype == "float32"


def test_parameters_worked_into_weights_are_stored_but_not_moved() -> None:
    body = "a = Conv(x, w) y = BatchNormalization(a, scale, shift, mean, variance)"
    folded, apart = only("onnxruntime", body), only("onnxruntime", "y = Conv(x, w)")

    assert folded.traffic == apart.traffic
    assert folded.memory_access == apart.memory_access
    assert folded.work.macs == apart.work.macs
    assert set(folded.parameters) == {"w", "scale", "shift", "mean", "variance"}
    assert folded.work == apart.work  # its arithmetic is done before the network runs


def test_a_number_of_a_formula_is_no_parameter() -> None:
    kernel = only("onnxruntime", "k = Mul(x, quick) g = Sigmoid(k) y = Mul(x, g)")

    assert kernel.parameters == ()
    assert kernel.stored == ()
    assert kernel.traffic == Traffic(0, IMAGE, IMAGE)  # x once, though two operators read it


def test_a_bias_added_to_a_product_is_no_traffic() -> None:
    kernel = only("onnxruntime", "a = MatMul(x, m) y = Add(a, mb)", "float[5,16] x")

    assert kernel.runs_as == "Gemm"
    assert names(kernel.weights) == ["m"]
    assert kernel.parameters == ("m", "mb")
    assert kernel.traffic == Traffic(16 * 16 * 4, 5 * 16 * 4, 5 * 16 * 4)


def test_a_table_added_to_a_tensor_is_read_like_any_weight() -> None:
    kernel = only("none", "y = Add(x, whole)")

    assert kernel.traffic == Traffic(IMAGE, IMAGE, IMAGE)


def test_every_result_that_leaves_is_written() -> None:
    kernel = only(
        "none", "y, z = Split<axis = 1>(x)", outputs="float[] y, float[] z"
    )  # 4 channels each

    assert names(kernel.writes) == ["y", "z"]
    assert kernel.traffic == Traffic(0, IMAGE, IMAGE)
    assert kernel.memory_access == 2 * 288


def test_a_result_inside_that_others_read_is_written_too() -> None:
    first, second = written.kernels(
        "ncnn", "a = Add(x, u) y = Relu(a)", f"{written.IMAGE}, float[1,8,6,6] u",
        "float[] y, float[] a",
    )  # fmt: skip

    assert first.traffic.write_bytes == IMAGE
    assert second.traffic == Traffic(0, IMAGE, IMAGE)


def test_views_move_nothing() -> None:
    kernel = only("none", "y = Reshape(x, flat)")

    assert kernel.kind is KernelKind.VIEW
    assert kernel.traffic == Traffic()
    assert kernel.memory_access == 0
    assert names(kernel.reads) == ["x"]


def test_a_gather_reads_only_what_it_takes() -> None:
    kernel = only("none", "y = Gather<axis = 1>(x, i2)")

    assert kernel.traffic == Traffic(0, 36 * 4, 36 * 4)


def test_an_unknown_operator_is_in_no_sum() -> None:
    kernels = written.kernels("onnxruntime", "a = Conv(x, w) y = com.microsoft.Unheard(a)")

    unknown = kernels[-1]
    assert unknown.kind is KernelKind.UNCOSTED
    assert unknown.problem is not None
    assert unknown.traffic == Traffic()
    assert kernels[0].problem is None


def test_nothing_is_fused_with_what_is_not_understood() -> None:
    graph = written.graph("a = Conv(x, w) y = Relu(a)")
    unclear = replace(graph.nodes[0], problem="its attributes say nothing")
    graph = replace(graph, nodes=(unclear, *graph.nodes[1:]))

    kernels, _ = fuse(graph, RUNTIMES["onnxruntime"])

    assert [kernel.runs_as for kernel in kernels] == ["Conv", "Relu"]
    assert kernels[0].kind is KernelKind.UNCOSTED
    assert kernels[0].problem == "its attributes say nothing"


class TestIntegers:
    """8-bit kernels: integers at every edge."""

    @staticmethod
    def kernel(runtime: str = "onnxruntime") -> Kernel:
        bias = "bd = DequantizeLinear<axis = 0>(qb, sb, zb) "
        body = f"{FRONT}{bias} o = Conv(d, wd, bd) {BACK}"
        return written.kernels(runtime, body, "uint8[1,8,6,6] x")[0]

    @pytest.mark.parametrize("runtime", ["onnxruntime", "tflite", "tflm", "tinyengine", "ncnn"])
    def test_edges_are_a_byte_an_element(self, runtime: str) -> None:
        kernel = self.kernel(runtime)

        assert kernel.traffic == Traffic(64, 288, 288)
        assert kernel.memory_access == 288 + 288 + 64
        assert [tensor.dtype.name for tensor in kernel.reads] == ["uint8"]
        assert [tensor.dtype.name for tensor in kernel.writes] == ["uint8"]
        assert kernel.compute_dtype == "int8"

    def test_the_operators_at_its_edges_are_its_own(self) -> None:
        kernel = self.kernel()

        assert kernel.kind is KernelKind.POINTWISE_CONV
        assert sorted(kernel.op_types) == ["Conv", "DequantizeLinear", "QuantizeLinear"]
        assert kernel.work.macs == 36 * 64
        assert kernel.work.vector_ops == 288  # the bias; the rest is part of the kernel

    def test_scales_are_stored_but_are_no_parameters(self) -> None:
        kernel = self.kernel()

        assert set(kernel.parameters) == {"qw", "qb"}
        assert {"s", "zp", "s2", "zp100", "sw", "zw", "sb", "zb"} <= set(kernel.stored)

    def test_without_fusion_the_numbers_between_are_floats(self) -> None:
        kernels = written.kernels("none", f"{FRONT} o = Conv(d, wd) {BACK}", "uint8[1,8,6,6] x")

        dequantize, conv, quantize, _ = kernels
        assert dequantize.traffic == Traffic(0, 288, IMAGE)
        assert conv.traffic == Traffic(64, IMAGE, IMAGE)
        assert quantize.traffic == Traffic(0, IMAGE, 288)
