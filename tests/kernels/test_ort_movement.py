"""What onnxruntime leaves out, merges, or moves elsewhere: operators that compute nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from ort_case import case, check

from written import IMAGE

TWO_OUT = "float[] y, float[] z"
NHWC = "t = Transpose<perm = [0, 2, 3, 1]>(x) "
BACK = "Transpose<perm = [0, 3, 1, 2]>"

NOTHING = [
    case("identity", "i = Identity(x) y = Neg(i)", "Neg"),
    case("identity between input and output", "y = Identity(x)", "Identity"),
    case("identity of an output", "a = Neg(x) y = Identity(a)", "Neg"),
    case("identity of an output that is read", "a = Neg(x) y = Identity(a) z = Exp(a)",
         "Neg Identity Exp", outputs=TWO_OUT),
    case("identity of two outputs", "a = Neg(x) y = Identity(a)", "Neg Identity",
         outputs="float[] y, float[] a"),
    case("dropout", "i = Dropout(x) y = Neg(i)", "Neg"),
    case("dropout of an output", "a = Neg(x) y = Dropout(a)", "Neg Dropout"),
    case("dropout whose mask is read", "i, k = Dropout(x) y = Neg(i) z = Cast<to = 1>(k)",
         "Dropout Neg Cast", outputs=TWO_OUT),
    case("cast to the same type", "i = Cast<to = 1>(x) y = Neg(i)", "Neg"),
    case("cast to another type", "i = Cast<to = 11>(x) y = Neg(i)", "Cast Neg",
         outputs="double[] y"),
    case("slice to the end", "a = Exp(x) i = Slice(a, i0, end, i1) y = Neg(i)", "Exp Neg"),
    case("slice as far as it goes", "a = Exp(x) i = Slice(a, i0, i8, i1) y = Neg(i)",
         "Exp Slice Neg"),
    case("slice of a part", "a = Exp(x) i = Slice(a, i0, i4, i1) y = Neg(i)", "Exp Slice Neg"),
    case("slice of an input", "i = Slice(x, i0, end, i1) y = Neg(i)", "Slice Neg"),
    case("expand to the same shape", "a = Exp(x) i = Expand(a, square) y = Neg(i)", "Exp Neg"),
    case("expand of an input", "i = Expand(x, square) y = Neg(i)", "Expand Neg"),
    case("expand to more", "i = Expand(x, square) y = Neg(i)", "Expand Neg", "float[1,8,6,1] x"),
    case("concat of one", "i = Concat<axis = 1>(x) y = Neg(i)", "Concat Neg"),
    case("add of zero", "a = Exp(x) i = Add(a, zero) y = Neg(i)", "Exp Neg"),
    case("zero added", "a = Exp(x) i = Add(zero, a) y = Neg(i)", "Exp Neg"),
    case("sub of zero", "a = Exp(x) i = Sub(a, zero) y = Neg(i)", "Exp Neg"),
    case("zero minus", "a = Exp(x) i = Sub(zero, a) y = Neg(i)", "Exp Sub Neg"),
    case("mul by one", "a = Exp(x) i = Mul(one, a) y = Neg(i)", "Exp Neg"),
    case("mul of an input by one", "i = Mul(one, x) y = Neg(i)", "Mul Neg"),
    case("div by one", "a = Exp(x) i = Div(a, one) y = Neg(i)", "Exp Neg"),
    case("one divided", "i = Div(one, x) y = Neg(i)", "Div Neg"),
    case("mul by two", "a = Exp(x) i = Mul(a, two) y = Neg(i)", "Exp Mul Neg"),
    case("mul by one that grows", "i = Mul(x, ones) y = Neg(i)", "Mul Neg",
         f"{IMAGE}, float[3,1,1,1] ones"),
    case("one over, then times", "r = Div(one, x) y = Mul(u, r)", "Div",
         f"{IMAGE}, float[1,8,6,6] u"),
    case("two over, then times", "r = Div(two, x) y = Mul(u, r)", "Div Mul",
         f"{IMAGE}, float[1,8,6,6] u"),
    case("where not", "k = Not(c) y = Where(k, x, u)", "Where",
         f"bool[1] c, {IMAGE}, float[1,8,6,6] u"),
    case("where not, with a second reader", "k = Not(c) y = Where(k, x, u) z = Cast<to = 1>(k)",
         "Not Where Cast", f"bool[1] c, {IMAGE}, float[1,8,6,6] u", TWO_OUT),
]  # fmt: skip

TWINS = [
    case("equal operators", "a = Exp(x) b2 = Exp(x) y = Mul(a, b2)", "Exp Mul"),
    case("equal chains", "a = Exp(x) b2 = Exp(x) c = Neg(a) d = Neg(b2) y = Mul(c, d)",
         "Exp Neg Mul"),
    case("other attributes", "a = LeakyRelu<alpha = 0.1>(x) d = LeakyRelu<alpha = 0.2>(x)"
         " y = Mul(a, d)", "LeakyRelu LeakyRelu Mul"),
    case("other constants", "a = Mul(x, two) d = Mul(x, three) y = Add(a, d)", "Mul Mul Add"),
    case("other operands", "a = Exp(x) d = Exp(u) y = Mul(a, d)", "Exp Exp Mul",
         f"{IMAGE}, float[1,8,6,6] u"),
    case("one of them an output", "a = Exp(x) y = Exp(x) z = Neg(a)", "Exp Exp Neg",
         outputs=TWO_OUT),
    case("both outputs", "y = Exp(x) z = Exp(x)", "Exp Exp", outputs=TWO_OUT),
    case("random numbers", "a = RandomNormalLike(x) d = RandomNormalLike(x) y = Mul(a, d)",
         "RandomNormalLike RandomNormalLike Mul"),
]  # fmt: skip

VIEWS = [
    case("reshape after reshape", "a = Reshape(x, rows) d = Reshape(a, grouped) y = Neg(d)",
         "Reshape Neg"),
    case("reshape and squeeze", "a = Reshape(x, rows) d = Squeeze(a, i0) y = Neg(d)",
         "Reshape Neg"),
    case("squeeze and reshape", "a = Squeeze(x, i0) d = Reshape(a, rows) y = Neg(d)",
         "Squeeze Reshape Neg"),
    case("a reader between", "a = Reshape(x, rows) d = Reshape(a, grouped) y = Neg(d) z = Exp(a)",
         "Reshape Reshape Neg Exp", outputs=TWO_OUT),
    case("an output between", "a = Reshape(x, rows) y = Reshape(a, grouped)",
         "Reshape Reshape", outputs="float[] y, float[] a"),
    case("there and back", "a = Reshape(x, rows) d = Reshape(a, square) y = Neg(d)",
         "Reshape Neg"),
    case("zeros allowed", "a = Reshape<allowzero = 1>(x, rows) d = Reshape(a, grouped) y = Neg(d)",
         "Reshape Reshape Neg"),
]  # fmt: skip

CUTS = [
    case("slices that cover all", "a = Slice(x, i0, i4, i1) d = Slice(x, i4, i8, i1)"
         " p = Neg(a) y = Exp(p) z = Neg(d)", "Split Neg Exp Neg", outputs=TWO_OUT),
    case("slices with a gap", "a = Slice(x, i0, i2, i1) d = Slice(x, i4, i8, i1)"
         " y = Neg(a) z = Neg(d)", "Slice Slice Neg Neg", outputs=TWO_OUT),
    case("slices that overlap", "a = Slice(x, i0, i4, i1) d = Slice(x, i2, i8, i1)"
         " y = Neg(a) z = Neg(d)", "Slice Slice Neg Neg", outputs=TWO_OUT),
    case("slices of two axes", "a = Slice(x, i0, i4, i1) d = Slice(x, i4, i8, i2)"
         " y = Neg(a) z = Neg(d)", "Slice Slice Neg Neg", outputs=TWO_OUT),
    case("slices and another reader", "a = Slice(x, i0, i4, i1) d = Slice(x, i4, i8, i1)"
         " e = Add(a, d) y = Exp(e) z = Neg(x)", "Split Add Exp Neg", outputs=TWO_OUT),
    case("an old opset", "a = Slice(x, i0, i4, i1) d = Slice(x, i4, i8, i1) y = Neg(a) z = Neg(d)",
         "Slice Slice Neg Neg", outputs=TWO_OUT, opset=12),
    case("gathers of every place", "a = Gather<axis = 0>(x, n0) d = Gather<axis = 0>(x, n1)"
         " e = Gather<axis = 0>(x, n2) f = Add(a, d) y = Add(e, f)",
         "Split Squeeze Squeeze Squeeze Add Add", "float[3,5,16] x"),
    case("gathers of some places", "a = Gather<axis = 0>(x, n0) d = Gather<axis = 0>(x, n1)"
         " y = Add(a, d)", "Gather Gather Add", "float[3,5,16] x"),
]  # fmt: skip

TRANSPOSES = [
    case("there and back", f"{NHWC} y = {BACK}(t)", "Identity"),
    case("there and back, around a relu", f"{NHWC} r = Relu(t) y = {BACK}(r)", "Relu"),
    case("two in a row", f"{NHWC} k = Transpose<perm = [0, 2, 1, 3]>(t) y = Neg(k)",
         "Transpose Neg"),
    case("alone", f"{NHWC} y = Relu(t)", "Transpose Relu"),
    case("past a sum", f"{NHWC} s0 = Add(t, scale) k = {BACK}(s0) y = Neg(k)", "Add Neg"),
    case("past a softmax of the last axis",
         f"{NHWC} k = Softmax<axis = -1>(t) y = {BACK}(k)", "Softmax"),
    case("around a norm", f"{NHWC} n = LayerNormalization(t, scale, shift) y = {BACK}(n)",
         "Transpose LayerNormalization Transpose"),
    case("past a mean", f"{NHWC} k = ReduceMean<axes = [1, 2]>(t) y = Neg(k)",
         "ReduceMean Transpose Neg"),
    case("past two operands", f"{NHWC} r = Relu(t) k = Exp(t) s0 = Add(r, k) y = {BACK}(s0)",
         "Relu Exp Add"),
    case("past a concat",
         f"{NHWC} r = Relu(t) k = Exp(t) j = Concat<axis = 3>(r, k) y = {BACK}(j)",
         "Relu Exp Concat"),
    case("by axes of size one", "t = Transpose<perm = [0, 3, 1, 2]>(x) y = Neg(t)",
         "Transpose Neg", "float[1,8,6,1] x"),
    case("past a squeeze",
         "t = Transpose<perm = [0, 2, 1, 3]>(x) s0 = Squeeze(t, i2) y = Neg(s0)",
         "Squeeze Transpose Neg", "float[2,1,4,8] x"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "expected", "inputs", "outputs", "opset"), NOTHING)
def test_what_has_no_effect_is_left_out(
    body: str, expected: list[str], inputs: str, outputs: str, opset: int, tmp_path: Path
) -> None:
    check(body, expected, inputs, outputs, opset, tmp_path)


@pytest.mark.parametrize(("body", "expected", "inputs", "outputs", "opset"), TWINS)
def test_what_is_computed_twice_is_computed_once(
    body: str, expected: list[str], inputs: str, outputs: str, opset: int, tmp_path: Path
) -> None:
    check(body, expected, inputs, outputs, opset, tmp_path)


@pytest.mark.parametrize(("body", "expected", "inputs", "outputs", "opset"), VIEWS)
def test_views_in_a_row_are_one(
    body: str, expected: list[str], inputs: str, outputs: str, opset: int, tmp_path: Path
) -> None:
    check(body, expected, inputs, outputs, opset, tmp_path)


@pytest.mark.parametrize(("body", "expected", "inputs", "outputs", "opset"), CUTS)
def test_cuts_that_cover_a_tensor_are_one_split(
    body: str, expected: list[str], inputs: str, outputs: str, opset: int, tmp_path: Path
) -> None:
    check(body, expected, inputs, outputs, opset, tmp_path)


@pytest.mark.parametrize(("body", "expected", "inputs", "outputs", "opset"), TRANSPOSES)
def test_transposes_move_to_where_they_cancel(
    body: str, expected: list[str], inputs: str, outputs: str, opset: int, tmp_path: Path
) -> None:
    check(body, expected, inputs, outputs, opset, tmp_path)
