"""Quantized networks as onnxruntime runs them: which operators become integer kernels."""

from __future__ import annotations

from pathlib import Path

import pytest
from ort_case import case, check

import costscope
from costscope.zoo.build import build

BYTES = "uint8[1,8,6,6] x"
ROWS = "uint8[5,16] x"
TWO_OUT = "float[] y, float[] z"
# One operator between DequantizeLinear and QuantizeLinear; what follows reads integers.
FRONT = "d = DequantizeLinear(x, s, zp) "
WEIGHT = "wd = DequantizeLinear<axis = 0>(qw, sw, zw) "
BACK = " q = QuantizeLinear(o, s2, zp100) y = DequantizeLinear(q, s2, zp100)"
SAME = " q = QuantizeLinear(o, s, zp) y = DequantizeLinear(q, s, zp)"
SECOND = "e = DequantizeLinear(u, s2, zp100) "
PAIR = f"{BYTES}, uint8[1,8,6,6] u"

PRODUCTS = [
    case("convolution", f"{FRONT}{WEIGHT} o = Conv(d, wd) {BACK}",
         "QLinearConv DequantizeLinear", BYTES),
    case("convolution with a bias",
         f"{FRONT}{WEIGHT} bd = DequantizeLinear<axis = 0>(qb, sb, zb) o = Conv(d, wd, bd) {BACK}",
         "QLinearConv DequantizeLinear", BYTES),
    case("convolution and relu",
         f"{FRONT}{WEIGHT} c = Conv(d, wd) o = Relu(c) q = QuantizeLinear(o, s, zp)"
         " y = DequantizeLinear(q, s, zp)",
         "QLinearConv DequantizeLinear", BYTES),
    case("convolution and relu that is not of the range",
         f"{FRONT}{WEIGHT} c = Conv(d, wd) o = Relu(c) {BACK}",
         "DequantizeLinear DequantizeLinear FusedConv QuantizeLinear DequantizeLinear", BYTES),
    case("convolution and a clip beyond the range",
         f"{FRONT}{WEIGHT} c = Conv(d, wd) o = Clip(c, zero, six)"
         " q = QuantizeLinear(o, narrow, zp) y = DequantizeLinear(q, narrow, zp)",
         "QLinearConv DequantizeLinear", BYTES),
    case("convolution and a clip inside the range",
         f"{FRONT}{WEIGHT} c = Conv(d, wd) o = Clip(c, zero, six) {SAME}",
         "DequantizeLinear DequantizeLinear FusedConv QuantizeLinear DequantizeLinear", BYTES),
    case("convolution that gives floats", f"{FRONT}{WEIGHT} y = Conv(d, wd)",
         "DequantizeLinear DequantizeLinear Conv", BYTES),
    case("convolution with a second reader",
         f"{FRONT}{WEIGHT} o = Conv(d, wd) {BACK} z = Neg(o)",
         "DequantizeLinear DequantizeLinear Conv QuantizeLinear DequantizeLinear Neg", BYTES,
         TWO_OUT),
    case("convolution of floats", f"{WEIGHT} o = Conv(x, wd) {BACK}",
         "DequantizeLinear Conv QuantizeLinear DequantizeLinear"),
    case("convolution with a float weight", f"{FRONT} o = Conv(d, w) {BACK}",
         "QLinearConv DequantizeLinear", BYTES),
    case("convolution with a float bias", f"{FRONT}{WEIGHT} o = Conv(d, wd, b) {BACK}",
         "QLinearConv DequantizeLinear", BYTES),
    case("convolution with a float bias that gives floats",
         f"{FRONT}{WEIGHT} o = Conv(d, wd, b) y = Neg(o)",
         "DequantizeLinear DequantizeLinear Conv Neg", BYTES),
    case("convolution with a computed bias", f"{FRONT}{WEIGHT} o = Conv(d, wd, u) {BACK}",
         "DequantizeLinear DequantizeLinear Conv QuantizeLinear DequantizeLinear",
         f"{BYTES}, float[8] u"),
    case("float constants of what has no integer kernel",
         f"{FRONT} o = ConvTranspose(d, w, b) {BACK}",
         "DequantizeLinear DequantizeLinear DequantizeLinear ConvTranspose QuantizeLinear"
         " DequantizeLinear", BYTES),
    case("product with a float weight", f"{FRONT} o = MatMul(d, m) {BACK}",
         "DequantizeLinear MatMul QuantizeLinear DequantizeLinear", ROWS),
    case("product", f"{FRONT} md = DequantizeLinear(qm, s, zpi) o = MatMul(d, md) {BACK}",
         "QLinearMatMul DequantizeLinear", ROWS),
    case("product that gives floats",
         f"{FRONT} md = DequantizeLinear(qm, s, zpi) o = MatMul(d, md) y = Neg(o)",
         "MatMulIntegerToFloat Neg", ROWS),
    case("product that is an output",
         f"{FRONT} md = DequantizeLinear(qm, s, zpi) y = MatMul(d, md)",
         "MatMulIntegerToFloat", ROWS),
    case("product of which one reader wants floats",
         f"{FRONT} md = DequantizeLinear(qm, s, zpi) o = MatMul(d, md) {BACK} z = Neg(o)",
         "DequantizeLinear DequantizeLinear MatMul QuantizeLinear DequantizeLinear Neg", ROWS,
         TWO_OUT),
    case("gemm", f"{FRONT} md = DequantizeLinear(qm, s, zpi) o = Gemm(d, md) {BACK}",
         "QGemm DequantizeLinear", ROWS),
]  # fmt: skip

OTHERS = [
    case("sum", f"{FRONT}{SECOND} o = Add(d, e) {BACK}", "QLinearAdd DequantizeLinear", PAIR),
    case("sum with itself", f"{FRONT} o = Add(d, d) {BACK}", "QLinearAdd DequantizeLinear",
         BYTES),
    case("sum with a quantized constant",
         f"{FRONT} k = DequantizeLinear(qc, s, zp) o = Add(d, k) {BACK}",
         "QLinearAdd DequantizeLinear", BYTES),
    case("sum with a float", f"{FRONT} o = Add(d, u) {BACK}",
         "DequantizeLinear Add QuantizeLinear DequantizeLinear", f"{BYTES}, float[8,1,1] u"),
    case("product by element", f"{FRONT}{SECOND} o = Mul(d, e) {BACK}",
         "QLinearMul DequantizeLinear", PAIR),
    case("difference stays", f"{FRONT}{SECOND} o = Sub(d, e) {BACK}",
         "DequantizeLinear DequantizeLinear Sub QuantizeLinear DequantizeLinear", PAIR),
    case("concat", f"{FRONT}{SECOND} o = Concat<axis = 1>(d, e) {BACK}",
         "QLinearConcat DequantizeLinear", PAIR),
    case("sigmoid", f"{FRONT} o = Sigmoid(d) {BACK}", "QLinearSigmoid DequantizeLinear", BYTES),
    case("softmax", f"{FRONT} o = Softmax(d) {BACK}", "QLinearSoftmax DequantizeLinear", BYTES),
    case("leaky relu", f"{FRONT} o = LeakyRelu(d) {BACK}", "QLinearLeakyRelu DequantizeLinear",
         BYTES),
    case("tanh stays", f"{FRONT} o = Tanh(d) {BACK}",
         "DequantizeLinear Tanh QuantizeLinear DequantizeLinear", BYTES),
    case("global pool", f"{FRONT} o = GlobalAveragePool(d) {BACK}",
         "QLinearGlobalAveragePool DequantizeLinear", BYTES),
    case("average pool", f"{FRONT} o = AveragePool<kernel_shape = [2, 2]>(d) {BACK}",
         "QLinearAveragePool DequantizeLinear", BYTES),
    case("largest", f"{FRONT} o = MaxPool<kernel_shape = [2, 2]>(d) {SAME}",
         "MaxPool DequantizeLinear", BYTES),
    case("largest into other units", f"{FRONT} o = MaxPool<kernel_shape = [2, 2]>(d) {BACK}",
         "MaxPool DequantizeLinear QuantizeLinear DequantizeLinear", BYTES),
    case("reshape", f"{FRONT} o = Reshape(d, rows) {SAME}", "Reshape DequantizeLinear", BYTES),
    case("gather", f"{FRONT} o = Gather<axis = 1>(d, i2) {SAME}", "Gather DequantizeLinear",
         BYTES),
    case("place of the largest",
         f"{FRONT} o = ArgMax<axis = 1>(d) y = Cast<to = 1>(o)", "ArgMax Cast", BYTES),
]  # fmt: skip

MOVED = [
    case("quantized before a reshape",
         "e = Exp(x) r = Reshape(e, rows) q = QuantizeLinear(r, s, zp)"
         " y = DequantizeLinear(q, s, zp)",
         "Exp QuantizeLinear Reshape DequantizeLinear"),
    case("quantized after a reshape that others read",
         "e = Exp(x) r = Reshape(e, rows) q = QuantizeLinear(r, s, zp)"
         " y = DequantizeLinear(q, s, zp) z = Neg(r)",
         "Exp Reshape QuantizeLinear DequantizeLinear Neg", outputs=TWO_OUT),
    case("quantized after a reshape of what others read",
         "e = Exp(x) r = Reshape(e, rows) q = QuantizeLinear(r, s, zp)"
         " y = DequantizeLinear(q, s, zp) z = Neg(e)",
         "Exp Reshape QuantizeLinear DequantizeLinear Neg", outputs=TWO_OUT),
    case("dequantized after a reshape", f"{FRONT} r = Reshape(d, rows) y = Neg(r)",
         "Reshape DequantizeLinear Neg", BYTES),
    case("dequantized for each reader", f"{FRONT} y = Neg(d) z = Exp(d)",
         "DequantizeLinear DequantizeLinear Neg Exp", BYTES, TWO_OUT),
    case("quantized twice in equal units",
         "q = QuantizeLinear(x, s, zp) d = DequantizeLinear(q, s, zp)"
         " k = QuantizeLinear(d, s, zp) y = DequantizeLinear(k, s, zp)",
         "QuantizeLinear DequantizeLinear"),
    case("quantized twice in other units",
         "q = QuantizeLinear(x, s, zp) d = DequantizeLinear(q, s, zp)"
         " k = QuantizeLinear(d, s2, zp100) y = DequantizeLinear(k, s2, zp100)",
         "QuantizeLinear DequantizeLinear"),
    case("quantized twice in other units, and read between",
         "q = QuantizeLinear(x, s, zp) d = DequantizeLinear(q, s, zp)"
         " k = QuantizeLinear(d, s2, zp100) y = DequantizeLinear(k, s2, zp100) z = Neg(d)",
         "QuantizeLinear DequantizeLinear QuantizeLinear DequantizeLinear DequantizeLinear Neg",
         outputs=TWO_OUT),
    case("integer slices that cover all",
         f"{FRONT} a = Slice(d, i0, i4, i1) c = Slice(d, i4, i8, i1)"
         " qa = QuantizeLinear(a, s, zp) qc2 = QuantizeLinear(c, s, zp)"
         " y = DequantizeLinear(qa, s, zp) z = DequantizeLinear(qc2, s, zp)",
         "Split DequantizeLinear DequantizeLinear", BYTES, TWO_OUT),
    case("a clip of an input is not of the range", "o = Clip(x, zero, six)"
         " q = QuantizeLinear(o, narrow, zp) y = DequantizeLinear(q, narrow, zp)",
         "Clip QuantizeLinear DequantizeLinear"),
    case("a stored weight that floats meet",
         "wd = DequantizeLinear<axis = 0>(qw, sw, zw) y = Conv(x, wd)", "DequantizeLinear Conv"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "expected", "inputs", "outputs", "opset"), PRODUCTS)
def test_products_of_integers(
    body: str, expected: list[str], inputs: str, outputs: str, opset: int, tmp_path: Path
) -> None:
    check(body, expected, inputs, outputs, opset, tmp_path)


@pytest.mark.parametrize(("body", "expected", "inputs", "outputs", "opset"), OTHERS)
def test_other_operators_on_integers(
    body: str, expected: list[str], inputs: str, outputs: str, opset: int, tmp_path: Path
) -> None:
    check(body, expected, inputs, outputs, opset, tmp_path)


@pytest.mark.parametrize(("body", "expected", "inputs", "outputs", "opset"), MOVED)
def test_integers_are_moved_rather_than_floats(
    body: str, expected: list[str], inputs: str, outputs: str, opset: int, tmp_path: Path
) -> None:
    check(body, expected, inputs, outputs, opset, tmp_path)


def test_a_product_with_a_folded_norm_between_quantized_tensors_keeps_its_work():
    """Its weights are stored as integers; once, the last node replaced all of them."""
    float_form, int8_form = (
        costscope.analyze(build("mobilenet_v2", deploy=False, dtype=dtype))
        for dtype in ("float32", "int8")
    )

    assert int8_form.totals.work.macs == float_form.totals.work.macs
