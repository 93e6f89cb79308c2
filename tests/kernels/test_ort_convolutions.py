"""What onnxruntime works into a convolution, or lets it do."""

from __future__ import annotations

from pathlib import Path

import pytest
from ort_case import case, check

CONV = "a = Conv(x, w, b) "
NORM = "BatchNormalization(a, scale, shift, mean, variance)"

CONSTANTS = [
    case("batch norm", f"{CONV} y = {NORM}", "Conv"),
    case("batch norm without a bias", f"a = Conv(x, w) y = {NORM}", "Conv"),
    case("batch norm of a depthwise convolution",
         f"a = Conv<group = 8, pads = [1, 1, 1, 1]>(x, dw) y = {NORM}", "Conv"),
    case("batch norm and a second reader", f"{CONV} y = {NORM} z = Exp(a)",
         "Conv BatchNormalization Exp", outputs="float[] y, float[] z"),
    case("batch norm of an output", f"{CONV} y = {NORM}",
         "Conv BatchNormalization", outputs="float[] y, float[] a"),
    case("batch norm of a computed weight", f"k = Exp(u) a = Conv(x, k) y = {NORM}",
         "Exp Conv BatchNormalization", inputs="float[1,8,6,6] x, float[8,8,1,1] u"),
    case("batch norm of a transposed convolution", f"a = ConvTranspose(x, w) y = {NORM}",
         "ConvTranspose"),
    case("mul by channel", f"{CONV} y = Mul(a, channels)", "Conv"),
    case("mul by channel, written first", f"{CONV} y = Mul(channels2, a)", "Conv Mul"),
    case("mul by a number", f"{CONV} y = Mul(a, two)", "Conv"),
    case("mul by the whole image", f"{CONV} y = Mul(a, whole)", "Conv Mul"),
    case("mul that grows the batch", f"{CONV} y = Mul(a, wide)", "Conv Mul"),
    case("mul by what is computed", f"{CONV} g = Exp(u) y = Mul(a, g)", "Conv Exp Mul",
         inputs="float[1,8,6,6] x, float[8,1,1] u"),
    case("add by channel", f"{CONV} y = Add(a, channels)", "Conv"),
    case("add by channel without a bias", "a = Conv(x, w) y = Add(a, channels)", "Conv"),
    case("add by the last axis", f"{CONV} y = Add(a, whole)", "Conv Add"),
    case("mul, then add", f"{CONV} m1 = Mul(a, channels) y = Add(m1, channels2)", "Conv"),
    case("mul, then batch norm, then relu",
         f"c = Conv(x, w) a = Mul(c, channels) n = {NORM} y = Relu(n)", "FusedConv"),
]  # fmt: skip

PADS = [
    case("pad", "p = Pad(x, pads) y = Conv(p, w3)", "Conv"),
    case("pad of zero written out", "p = Pad(x, pads, zero) y = Conv(p, w3)", "Conv"),
    case("pad of another number", "p = Pad(x, pads, one) y = Conv(p, w3)", "Pad Conv"),
    case("pad that mirrors", 'p = Pad<mode = "reflect">(x, pads) y = Conv(p, w3)', "Pad Conv"),
    case("pad of channels", "p = Pad(x, channel_pads) y = Conv<group = 1>(p, u)", "Pad Conv",
         inputs="float[1,8,6,6] x, float[8,10,1,1] u"),
    case("pad that cuts", "p = Pad(x, cut_pads) y = Conv(p, w)", "Pad Conv"),
    case("pad and a second reader", "p = Pad(x, pads) y = Conv(p, w3) z = Exp(p)",
         "Pad Conv Exp", outputs="float[] y, float[] z"),
    case("pad and SAME", 'p = Pad(x, pads) y = Conv<auto_pad = "SAME_UPPER">(p, w3)', "Pad Conv"),
    case("pad of a pool", "p = Pad(x, pads) y = MaxPool<kernel_shape = [3, 3]>(p)", "MaxPool"),
    case("pad of an average that counts it",
         "p = Pad(x, pads) y = AveragePool<kernel_shape = [3, 3]>(p)", "AveragePool"),
]  # fmt: skip

ACTIVATIONS = [
    case("relu", f"{CONV} y = Relu(a)", "FusedConv"),
    case("relu6", f"{CONV} y = Clip(a, zero, six)", "FusedConv"),
    case("clip of one side", f"{CONV} y = Clip(a, , six)", "FusedConv"),
    case("clip by what is computed", f"{CONV} h = Exp(u) y = Clip(a, zero, h)", "Conv Exp Clip",
         inputs="float[1,8,6,6] x, float u"),
    case("relu, then clip", f"{CONV} r = Relu(a) y = Clip(r, zero, six)", "FusedConv"),
    case("clip, then relu", f"{CONV} r = Clip(a, zero, six) y = Relu(r)", "FusedConv Relu"),
    case("sigmoid", f"{CONV} y = Sigmoid(a)", "FusedConv"),
    case("tanh", f"{CONV} y = Tanh(a)", "FusedConv"),
    case("leaky relu", f"{CONV} y = LeakyRelu(a)", "FusedConv"),
    case("hard sigmoid", f"{CONV} y = HardSigmoid(a)", "FusedConv"),
    case("elu stays", f"{CONV} y = Elu(a)", "Conv Elu"),
    case("hard swish stays two", f"{CONV} y = HardSwish(a)", "Conv HardSigmoid Mul"),
    case("silu stays", f"{CONV} g = Sigmoid(a) y = Mul(a, g)", "Conv QuickGelu"),
    case("gelu stays", f"{CONV} y = Gelu(a)", "Conv Gelu", opset=20),
    case("a second reader", f"{CONV} y = Relu(a) z = Exp(a)", "Conv Relu Exp",
         outputs="float[] y, float[] z"),
    case("an output of the graph", f"{CONV} y = Relu(a)", "Conv Relu",
         outputs="float[] y, float[] a"),
    case("of a transposed convolution", "a = ConvTranspose(x, w) y = Relu(a)",
         "ConvTranspose Relu"),
    case("of a pool", "a = GlobalAveragePool(x) y = Relu(a)", "GlobalAveragePool Relu"),
    case("of an add", f"{CONV} c = Add(a, x) y = Relu(c)", "Conv Add Relu"),
    case("one activation, not two", f"{CONV} r = Relu(a) y = Sigmoid(r)", "FusedConv Sigmoid"),
    case("a matrix product and relu", "a = Gemm<transB = 1>(x, fc, fcb) y = Relu(a)",
         "FusedGemm", inputs="float[3,8] x"),
    case("a matrix product and sigmoid", "a = Gemm<transB = 1>(x, fc, fcb) y = Sigmoid(a)",
         "FusedGemm", inputs="float[3,8] x"),
    case("a matrix product and clip", "a = Gemm<transB = 1>(x, fc, fcb) y = Clip(a, zero, six)",
         "Gemm Clip", inputs="float[3,8] x"),
    case("a matrix product of two readers",
         "a = Gemm<transB = 1>(x, fc, fcb) y = Relu(a) z = Exp(a)",
         "Gemm Relu Exp", inputs="float[3,8] x", outputs="float[] y, float[] z"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "expected", "inputs", "outputs", "opset"), CONSTANTS)
def test_constants_are_worked_into_weights(
    body: str, expected: list[str], inputs: str, outputs: str, opset: int, tmp_path: Path
) -> None:
    check(body, expected, inputs, outputs, opset, tmp_path)


@pytest.mark.parametrize(("body", "expected", "inputs", "outputs", "opset"), PADS)
def test_zeros_around_an_image_are_padded_by_its_reader(
    body: str, expected: list[str], inputs: str, outputs: str, opset: int, tmp_path: Path
) -> None:
    check(body, expected, inputs, outputs, opset, tmp_path)


@pytest.mark.parametrize(("body", "expected", "inputs", "outputs", "opset"), ACTIVATIONS)
def test_activations_run_at_the_end_of_a_kernel(
    body: str, expected: list[str], inputs: str, outputs: str, opset: int, tmp_path: Path
) -> None:
    check(body, expected, inputs, outputs, opset, tmp_path)
