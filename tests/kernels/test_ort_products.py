"""What onnxruntime works into matrix products: sums, transpositions, factors."""

from __future__ import annotations

from pathlib import Path

import pytest
from ort_case import case, check

from written import SEQUENCE

ROWS = "float[5,16] x"
PAIR = "float[2,5,16] x, float[2,5,16] u"
TWO_OUT = "float[] y, float[] z"

SUMS = [
    case("product and row", "a = MatMul(x, m) y = Add(a, mb)", "Gemm", ROWS),
    case("row and product", "a = MatMul(x, m) y = Add(mb, a)", "Gemm", ROWS),
    case("product and number", "a = MatMul(x, m) y = Add(a, one)", "MatMul Add", ROWS),
    case("product of sequences", "a = MatMul(x, m) y = Add(a, mb)", "Reshape Gemm Reshape",
         SEQUENCE),
    case("product of two tensors", "a = MatMul(x, u) y = Add(a, mb)", "MatMul Add",
         "float[2,5,16] x, float[2,16,16] u"),
    case("a sum with a second reader", "a = MatMul(x, m) y = Add(a, mb) z = Neg(a)",
         "MatMul Add Neg", ROWS, TWO_OUT),
    case("a sum of an output", "a = MatMul(x, m) y = Add(a, mb)", "MatMul Add", ROWS,
         "float[] y, float[] a"),
    case("a sum with the whole", "a = MatMul(x, m) y = Add(a, x)", "Gemm", ROWS),
    case("a sum that grows", "a = MatMul(x, m) y = Add(a, u)", "MatMul Add",
         f"{ROWS}, float[3,5,16] u"),
    case("gemm and a sum", "a = Gemm(x, m) y = Sum(a, mb)", "Gemm", ROWS),
    case("gemm with a bias and a sum", "a = Gemm(x, m, mb) y = Sum(a, mb2)", "Gemm Sum", ROWS),
    case("batch norm of a product",
         "a = MatMul(x, mm) y = BatchNormalization(a, scale, shift, mean, variance)",
         "MatMul BatchNormalization", "float[5,16] x, float[16,8] mm"),
]  # fmt: skip

TRANSPOSED = [
    case("second operand", "t = Transpose<perm = [0, 2, 1]>(u) y = MatMul(x, t)", "FusedMatMul",
         PAIR),
    case("first operand", "t = Transpose<perm = [0, 2, 1]>(x) y = MatMul(t, u)", "FusedMatMul",
         PAIR),
    case("both operands",
         "t = Transpose<perm = [0, 2, 1]>(x) k = Transpose<perm = [0, 2, 1]>(u) y = MatMul(t, k)",
         "FusedMatMul", "float[2,16,5] x, float[2,5,16] u"),
    case("the batch behind the rows", "t = Transpose<perm = [1, 2, 0]>(u) y = MatMul(x, t)",
         "FusedMatMul", "float[5,4,16] x, float[6,5,16] u"),
    case("the batch behind the rows, on one side only",
         "t = Transpose<perm = [1, 2, 0]>(u) y = MatMul(x, t)",
         "Transpose MatMul", "float[5,16] x, float[16,5,16] u"),
    case("a transposition with a second reader",
         "t = Transpose<perm = [0, 2, 1]>(u) y = MatMul(x, t) z = Neg(t)",
         "FusedMatMul Transpose Neg", PAIR, TWO_OUT),
    case("a transposition that leaves",
         "t = Transpose<perm = [0, 2, 1]>(u) y = MatMul(x, t)", "MatMul Transpose", PAIR,
         "float[] y, float[] t"),
    case("gemm and a transposition in front", "t = Transpose(x) y = Gemm(t, m)", "Gemm",
         "float[16,5] x"),
    case("gemm and a transposition behind", "g = Gemm(x, m) y = Transpose(g)", "Gemm", ROWS),
]  # fmt: skip

FACTORS = [
    case("factor in front", "k = Mul(x, two) y = MatMul(k, m)", "FusedMatMul", ROWS),
    case("factor behind", "a = MatMul(x, m) y = Mul(a, two)", "FusedMatMul", ROWS),
    case("divisor behind", "a = MatMul(x, m) y = Div(a, two)", "FusedMatMul", ROWS),
    case("factors on all sides",
         "k = Mul(x, two) j = Mul(u, three) a = MatMul(k, j) y = Mul(a, half)", "FusedMatMul",
         "float[2,5,16] x, float[2,16,16] u"),
    case("a factor that is no number", "k = Mul(x, mb) y = MatMul(k, m)", "Mul MatMul", ROWS),
    case("a factor with a second reader", "k = Mul(x, two) y = MatMul(k, m) z = Neg(k)",
         "Mul FusedMatMul Neg", ROWS, TWO_OUT),
    case("a factor of an output", "a = MatMul(x, m) y = Mul(a, two)", "MatMul Mul", ROWS,
         "float[] y, float[] a"),
    case("a factor that is computed", "f = Exp(u) k = Mul(x, f) y = MatMul(k, m)",
         "Exp Mul MatMul", f"{ROWS}, float u"),
    case("attention",
         "t = Transpose<perm = [0, 2, 1]>(u) a = MatMul(x, t) k = Mul(a, half) y = Softmax(k)",
         "FusedMatMul Softmax", PAIR),
]  # fmt: skip

DYNAMIC = [
    case("quantized on the way",
         "q, s3, z3 = DynamicQuantizeLinear(x) i = MatMulInteger(q, qm, z3)"
         " f = Cast<to = 1>(i) k = Mul(s3, s) y = Mul(f, k)",
         "DynamicQuantizeMatMul", ROWS),
    case("quantized on the way, with a bias",
         "q, s3, z3 = DynamicQuantizeLinear(x) i = MatMulInteger(q, qm, z3)"
         " f = Cast<to = 1>(i) k = Mul(s3, s) g = Mul(f, k) y = Add(g, mb)",
         "DynamicQuantizeMatMul", ROWS),
    case("one quantization for two products",
         "q, s3, z3 = DynamicQuantizeLinear(x) i = MatMulInteger(q, qm, z3)"
         " f = Cast<to = 1>(i) k = Mul(s3, s) y = Mul(f, k)"
         " j = MatMulInteger(q, qm2, z3) g = Cast<to = 1>(j) h = Mul(s3, s2) z = Mul(g, h)",
         "DynamicQuantizeLinear MatMulIntegerToFloat MatMulIntegerToFloat", ROWS, TWO_OUT),
    case("integers that are read elsewhere",
         "q, s3, z3 = DynamicQuantizeLinear(x) i = MatMulInteger(q, qm, z3)"
         " f = Cast<to = 1>(i) k = Mul(s3, s) y = Mul(f, k) z = Neg(f)",
         "DynamicQuantizeLinear MatMulInteger Cast Mul Mul Neg", ROWS, TWO_OUT),
]  # fmt: skip


@pytest.mark.parametrize(("body", "expected", "inputs", "outputs", "opset"), SUMS)
def test_sums_are_done_by_the_product(
    body: str, expected: list[str], inputs: str, outputs: str, opset: int, tmp_path: Path
) -> None:
    check(body, expected, inputs, outputs, opset, tmp_path)


@pytest.mark.parametrize(("body", "expected", "inputs", "outputs", "opset"), TRANSPOSED)
def test_operands_are_read_transposed(
    body: str, expected: list[str], inputs: str, outputs: str, opset: int, tmp_path: Path
) -> None:
    check(body, expected, inputs, outputs, opset, tmp_path)


@pytest.mark.parametrize(("body", "expected", "inputs", "outputs", "opset"), FACTORS)
def test_factors_are_done_by_the_product(
    body: str, expected: list[str], inputs: str, outputs: str, opset: int, tmp_path: Path
) -> None:
    check(body, expected, inputs, outputs, opset, tmp_path)


@pytest.mark.parametrize(("body", "expected", "inputs", "outputs", "opset"), DYNAMIC)
def test_products_quantize_what_they_read(
    body: str, expected: list[str], inputs: str, outputs: str, opset: int, tmp_path: Path
) -> None:
    check(body, expected, inputs, outputs, opset, tmp_path)
