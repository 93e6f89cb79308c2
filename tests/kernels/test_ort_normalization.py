"""Formulas written out in files that onnxruntime runs as one kernel: Gelu, Swish, norms."""

from __future__ import annotations

from pathlib import Path

import pytest
from ort_case import case, check

from written import SEQUENCE

ERF = "d = Div(x, root2) e = Erf(d) p = Add(e, one) "
TANH = (
    "c = Pow(x, three) k = Mul(c, cubic) q = Add(x, k) g = Mul(q, root2pi) t = Tanh(g)"
    " p = Add(t, one) "
)
ONE = "float[1,8,6,6] x"
TWO_OUT = "float[] y, float[] z"

GELU = [
    case("gelu", f"{ERF} h = Mul(x, p) y = Mul(h, half)", "Gelu"),
    case("gelu, half first", f"{ERF} h = Mul(x, half) y = Mul(h, p)", "Gelu"),
    case("gelu, half inside", f"{ERF} h = Mul(p, half) y = Mul(x, h)",
         "Div Erf Add Mul Mul"),
    case("gelu, operands exchanged", f"{ERF} h = Mul(p, x) y = Mul(half, h)", "Gelu"),
    case("gelu by a product",
         "d = Mul(x, inverse_root2) e = Erf(d) p = Add(e, one) h = Mul(x, p) y = Mul(h, half)",
         "Mul Erf Add Mul Mul"),
    case("gelu of another number", f"{ERF} h = Mul(x, p) y = Mul(h, two)",
         "Div Erf Add Mul Mul"),
    case("gelu by another root",
         "d = Div(x, two) e = Erf(d) p = Add(e, one) h = Mul(x, p) y = Mul(h, half)",
         "Div Erf Add Mul Mul"),
    case("gelu of two tensors",
         "d = Div(u, root2) e = Erf(d) p = Add(e, one) h = Mul(x, p) y = Mul(h, half)",
         "Div Erf Add Mul Mul", inputs=f"{ONE}, float[1,8,6,6] u"),
    case("gelu with a reader inside", f"{ERF} h = Mul(x, p) y = Mul(h, half) z = Neg(e)",
         "Div Erf Add Mul Mul Neg", outputs=TWO_OUT),
    case("gelu with an output inside", f"{ERF} h = Mul(x, p) y = Mul(h, half)",
         "Div Erf Add Mul Mul", outputs="float[] y, float[] p"),
    case("gelu as an operator", "y = Gelu(x)", "Gelu", opset=20),
    case("fast gelu", f"{TANH} h = Mul(x, half) f = Mul(h, p) y = Neg(f)", "FastGelu Neg"),
    case("fast gelu that is an output", f"{TANH} h = Mul(x, half) y = Mul(h, p)",
         "Pow Mul Add Mul Tanh Add Mul Mul"),
    case("fast gelu, half last", f"{TANH} h = Mul(x, p) f = Mul(h, half) y = Neg(f)",
         "Pow Mul Add Mul Tanh Add Mul Mul Neg"),
    case("fast gelu with a reader inside",
         f"{TANH} h = Mul(x, half) f = Mul(h, p) y = Neg(f) z = Neg(t)",
         "Pow Mul Add Mul Tanh Add Mul Mul Neg Neg", outputs=TWO_OUT),
    case("bias and gelu", f"x = Add(v, mb) {ERF} h = Mul(x, p) y = Mul(h, half)", "BiasGelu",
         inputs="float[2,5,16] v"),
    case("a product, bias and gelu",
         f"n = MatMul(v, m) x = Add(n, mb) {ERF} h = Mul(x, p) y = Mul(h, half)",
         "Reshape Gemm Reshape Gelu", inputs="float[2,5,16] v"),
    case("a product of two tensors, bias and gelu",
         f"n = MatMul(v, u) x = Add(n, mb) {ERF} h = Mul(x, p) y = Mul(h, half)",
         "MatMul BiasGelu", inputs="float[2,5,16] v, float[2,16,16] u"),
    case("a bias by channel and gelu", f"x = Add(v, channels) {ERF} h = Mul(x, p) y = Mul(h, half)",
         "Add Gelu", inputs="float[1,8,6,6] v"),
    case("a bias with a second reader",
         f"x = Add(v, mb) {ERF} h = Mul(x, p) y = Mul(h, half) z = Neg(x)", "Add Gelu Neg",
         inputs="float[2,5,16] v", outputs=TWO_OUT),
]  # fmt: skip

SWISH = [
    case("silu", "g = Sigmoid(x) y = Mul(x, g)", "QuickGelu"),
    case("silu, exchanged", "g = Sigmoid(x) y = Mul(g, x)", "QuickGelu"),
    case("quick gelu", "k = Mul(x, quick) g = Sigmoid(k) y = Mul(x, g)", "QuickGelu"),
    case("quick gelu by what is computed", "k = Mul(x, u) g = Sigmoid(k) y = Mul(x, g)",
         "Mul Sigmoid Mul", inputs=f"{ONE}, float u"),
    case("a gate of another tensor", "g = Sigmoid(u) y = Mul(x, g)", "Sigmoid Mul",
         inputs=f"{ONE}, float[1,8,6,6] u"),
    case("silu with a second reader of the gate", "g = Sigmoid(x) y = Mul(x, g) z = Neg(g)",
         "Sigmoid Mul Neg", outputs=TWO_OUT),
    case("hard swish is a function", "y = HardSwish(x)", "HardSigmoid Mul"),
    case("mish is a function", "y = Mish(x)", "Softplus Tanh Mul", opset=18),
]  # fmt: skip

CENTRED = "c = ReduceMean<axes = [-1]>(x) d = Sub(x, c) "
SPREAD = "q = Pow(d, two) v = ReduceMean<axes = [-1]>(q) w0 = Add(v, tiny) r = Sqrt(w0) "
LAYER = f"{CENTRED} {SPREAD} n = Div(d, r) k = Mul(n, mb) "

NORMS = [
    case("layer norm written out", f"{LAYER} y = Add(k, mb2)", "LayerNormalization", SEQUENCE),
    case("layer norm by a product of itself",
         f"{CENTRED} q = Mul(d, d) v = ReduceMean<axes = [-1]>(q) w0 = Add(v, tiny) r = Sqrt(w0)"
         " n = Div(d, r) k = Mul(n, mb) y = Add(k, mb2)",
         "ReduceMean Sub Mul ReduceMean Add Sqrt Div Mul Add", SEQUENCE),
    case("layer norm without a shift: an RMS norm of the deviation", f"{LAYER} y = Neg(k)",
         "ReduceMean Sub SimplifiedLayerNormalization Neg", SEQUENCE),
    case("layer norm of another axis",
         "c = ReduceMean<axes = [1]>(x) d = Sub(x, c) q = Pow(d, two)"
         " v = ReduceMean<axes = [1]>(q) w0 = Add(v, tiny) r = Sqrt(w0) n = Div(d, r)"
         " k = Mul(n, mb) y = Add(k, mb2)",
         "ReduceMean Sub Pow ReduceMean Add Sqrt Div Mul Add", SEQUENCE),
    case("layer norm with a reader inside", f"{LAYER} y = Add(k, mb2) z = Neg(v)",
         "ReduceMean Sub Pow ReduceMean Add Sqrt Div Mul Add Neg", SEQUENCE, TWO_OUT),
    case("rms norm",
         "q = Pow(x, two) v = ReduceMean<axes = [-1]>(q) w0 = Add(v, tiny) r = Sqrt(w0)"
         " n = Div(x, r) y = Mul(n, mb)",
         "SimplifiedLayerNormalization", SEQUENCE),
    case("rms norm without a scale",
         "q = Pow(x, two) v = ReduceMean<axes = [-1]>(q) w0 = Add(v, tiny) r = Sqrt(w0)"
         " y = Div(x, r)",
         "Pow ReduceMean Add Sqrt Div", SEQUENCE),
    case("a sum and a layer norm", "a = Add(x, u) y = LayerNormalization(a, mb, mb2)",
         "SkipLayerNormalization", f"{SEQUENCE}, float[2,5,16] u"),
    case("a sum that goes on", "a = Add(x, u) y = LayerNormalization(a, mb, mb2) z = Neg(a)",
         "Add LayerNormalization Neg", f"{SEQUENCE}, float[2,5,16] u", TWO_OUT),
    case("a biased sum and a layer norm",
         "c = Add(x, mb) a = Add(c, u) y = LayerNormalization(a, mb, mb2)",
         "SkipLayerNormalization", f"{SEQUENCE}, float[2,5,16] u"),
    case("a sum of other shapes", "a = Add(x, u) y = LayerNormalization(a, mb, mb2)",
         "Add LayerNormalization", f"{SEQUENCE}, float[5,1] u"),
    case("a sum of images", "a = Add(x, u) y = LayerNormalization(a, mb, mb2)",
         "Add LayerNormalization", "float[1,2,5,16] x, float[1,2,5,16] u"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "expected", "inputs", "outputs", "opset"), [*GELU, *SWISH])
def test_activations_written_out_are_one_kernel(
    body: str, expected: list[str], inputs: str, outputs: str, opset: int, tmp_path: Path
) -> None:
    check(body, expected, inputs, outputs, opset, tmp_path)


@pytest.mark.parametrize(("body", "expected", "inputs", "outputs", "opset"), NORMS)
def test_norms_written_out_are_one_kernel(
    body: str, expected: list[str], inputs: str, outputs: str, opset: int, tmp_path: Path
) -> None:
    check(body, expected, inputs, outputs, opset, tmp_path)
