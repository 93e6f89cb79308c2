"""What TensorFlow Lite's converter, its own kernels and XNNPACK make one kernel."""

from __future__ import annotations

import pytest

import written
from costscope.kernels.types import Kernel

CONV = "a = Conv(x, w, b) "
TWO_OUT = "float[] y, float[] z"
EVERY = ("tflite", "tflm", "tinyengine")
PAIR = f"{written.IMAGE}, float[1,8,6,6] u"


def runs(
    runtime: str,
    body: str,
    inputs: str = written.IMAGE,
    outputs: str = "float[] y",
    opset: int = 17,
) -> list[str]:
    return written.runs(written.kernels(runtime, body, inputs, outputs, opset=opset))


@pytest.mark.parametrize("runtime", EVERY)
@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (f"{CONV} y = Relu(a)", "FusedConv"),
        (f"{CONV} y = Clip(a, zero, six)", "FusedConv"),
        ("a = ConvTranspose(x, w) y = Relu(a)", "FusedConvTranspose"),
        ("a = MaxPool<kernel_shape = [2, 2]>(x) y = Relu(a)", "FusedMaxPool"),
        ("a = Add(x, x) y = Relu(a)", "FusedAdd"),
        ("a = Mul(x, x) y = Clip(a, zero, six)", "FusedMul"),
        (f"{CONV} y = Sigmoid(a)", "Conv Sigmoid"),
        (f"{CONV} y = LeakyRelu(a)", "Conv LeakyRelu"),
        (f"{CONV} y = HardSwish(a)", "Conv HardSwish"),
        ("a = Exp(x) y = Relu(a)", "Exp Relu"),
        ("a = GlobalAveragePool(x) y = Relu(a)", "GlobalAveragePool Relu"),
        (f"{CONV} r = Relu(a) y = Relu(r)", "FusedConv Relu"),
        (f"{CONV} n = BatchNormalization(a, scale, shift, mean, variance) y = Relu(n)",
         "FusedConv"),
        ("c = Conv(x, w) a = Mul(channels2, c) d = Add(one, a) y = Relu(d)", "FusedConv"),
        ("i = Identity(x) d = Dropout(i) y = Exp(d)", "Exp"),
        ("s0 = Slice(x, i0, i8, i1) y = Exp(s0)", "Exp"),
        ("y = BatchNormalization(x, scale, shift, mean, variance)", "Mul Add"),
    ],
)  # fmt: skip
def test_activations_and_constants(runtime: str, body: str, expected: str) -> None:
    assert runs(runtime, body) == sorted(expected.split())


@pytest.mark.parametrize("runtime", EVERY)
@pytest.mark.parametrize(
    ("body", "expected", "outputs"),
    [
        (f"{CONV} y = Relu(a) z = Exp(a)", "Conv Relu Exp", TWO_OUT),
        (f"{CONV} y = Relu(a)", "Conv Relu", "float[] y, float[] a"),
        (f"{CONV} y = BatchNormalization(a, scale, shift, mean, variance) z = Exp(a)",
         "Conv Mul Add Exp", TWO_OUT),
    ],
)  # fmt: skip
def test_what_others_read_stays(runtime: str, body: str, expected: str, outputs: str) -> None:
    assert runs(runtime, body, outputs=outputs) == sorted(expected.split())


@pytest.mark.parametrize(
    ("runtime", "expected"),
    [("tflite", ["FusedConv"]), ("tflm", ["Clip", "Conv"]), ("tinyengine", ["Clip", "Conv"])],
)
def test_only_xnnpack_clamps_to_any_bounds(runtime: str, expected: list[str]) -> None:
    assert runs(runtime, f"{CONV} y = Clip(a, zero, three)") == expected


@pytest.mark.parametrize("runtime", EVERY)
def test_bounds_that_are_computed_stay(runtime: str) -> None:
    found = runs(runtime, f"{CONV} h = Exp(u) y = Clip(a, zero, h)", f"{written.IMAGE}, float u")

    assert found == ["Clip", "Conv", "Exp"]


@pytest.mark.parametrize(("runtime", "expected"), [("tflite", ["Conv"]), ("tflm", ["Conv", "Pad"])])
def test_only_xnnpack_takes_a_pad_into_a_convolution(runtime: str, expected: list[str]) -> None:
    assert runs(runtime, "p = Pad(x, pads) y = Conv(p, w3)") == expected
    assert runs("tflite", "p = Pad(x, pads) y = MaxPool<kernel_shape = [3, 3]>(p)") == [
        "MaxPool", "Pad",
    ]  # fmt: skip


@pytest.mark.parametrize("runtime", EVERY)
@pytest.mark.parametrize(
    "body",
    [
        "p = Add(x, three) c = Clip(p, zero, six) m0 = Mul(x, c) y = Mul(m0, sixth)",
        "p = Add(x, three) c = Clip(p, zero, six) m0 = Mul(x, c) y = Div(m0, six)",
        "p = Add(three, x) c = Clip(p, zero, six) m0 = Div(c, six) y = Mul(m0, x)",
        "g = HardSigmoid<alpha = 0.16666667>(x) y = Mul(x, g)",
        "y = HardSwish(x)",
    ],
)
def test_hard_swish_is_one_operator(runtime: str, body: str) -> None:
    assert runs(runtime, body) == ["HardSwish"]


@pytest.mark.parametrize(
    "body",
    [
        "p = Add(x, two) c = Clip(p, zero, six) m0 = Mul(x, c) y = Mul(m0, sixth)",
        "p = Add(x, three) c = Clip(p, zero, three) m0 = Mul(x, c) y = Mul(m0, sixth)",
        "p = Add(x, three) c = Clip(p, zero, six) m0 = Mul(x, c) y = Mul(m0, half)",
        "p = Add(x, three) c = Clip(p, zero, six) m0 = Mul(u, c) y = Mul(m0, sixth)",
        "g = HardSigmoid<alpha = 0.2>(x) y = Mul(x, g)",
        "g = HardSigmoid<alpha = 0.16666667>(x) y = Mul(u, g)",
    ],
)
def test_what_is_nearly_hard_swish_is_not(body: str) -> None:
    assert "HardSwish" not in runs("tflite", body, PAIR)


def test_gelu_in_any_order_is_one_operator() -> None:
    erf = "d = Div(x, root2) e = Erf(d) p = Add(e, one) "
    inverse = "d = Mul(x, inverse_root2) e = Erf(d) p = Add(e, one) "
    for front in (erf, inverse):
        assert runs("tflite", f"{front} h = Mul(p, half) y = Mul(x, h)") == ["Gelu"]
        assert runs("tflite", f"{front} h = Mul(x, p) y = Mul(h, half)") == ["Gelu"]
    assert len(runs("tflite", f"{erf} h = Mul(p, two) y = Mul(x, h)")) == 5
    assert runs("tflite", "y = Gelu(x)", opset=20) == ["Gelu"]


def test_a_layer_norm_is_done_by_its_parts() -> None:
    found = written.kernels("tflm", "y = LayerNormalization(x, mb, mb2)", written.SEQUENCE)

    assert [kernel.runs_as for kernel in found] == [
        "ReduceMean", "Sub", "Mul", "ReduceMean", "Add", "Sqrt", "Div", "Mul", "Add",
    ]  # fmt: skip
    assert {name for kernel in found for name in kernel.parameters} == {"mb", "mb2"}


def test_a_layer_norm_without_a_shift_has_one_part_less() -> None:
    found = written.kernels("tflm", "y = LayerNormalization(x, mb)", written.SEQUENCE)

    assert [kernel.runs_as for kernel in found][-2:] == ["Div", "Mul"]
    assert [tensor.name for tensor in found[-1].writes] == ["y"]


def test_a_fully_connected_layer_has_its_bias_on_any_rank() -> None:
    assert runs("tflite", "a = MatMul(x, m) y = Add(a, mb)", written.SEQUENCE) == ["Gemm"]
    assert runs("tflite", "a = MatMul(x, m) c = Add(mb, a) y = Relu(c)", written.SEQUENCE) == [
        "FusedGemm"
    ]
    assert runs("tflite", "a = MatMul(x, m) y = Add(a, x)", written.SEQUENCE) == ["Add", "MatMul"]


class TestIntegers:
    """8-bit networks: TensorFlow Lite has an integer kernel for every operator."""

    FRONT = "d = DequantizeLinear(x, s, zp) e = DequantizeLinear(u, s2, zp100) "
    BACK = " q = QuantizeLinear(o, s2, zp100) y = DequantizeLinear(q, s2, zp100)"
    PAIR = "uint8[1,8,6,6] x, uint8[1,8,6,6] u"

    def found(self, body: str, runtime: str = "tflite") -> list[Kernel]:
        kernels = written.kernels(runtime, f"{self.FRONT}{body}{self.BACK}", self.PAIR)
        return [kernel for kernel in kernels if kernel.runs_as != "DequantizeLinear"]

    @pytest.mark.parametrize("runtime", EVERY)
    @pytest.mark.parametrize(
        "operator",
        ["Add(d, e)", "Sub(d, e)", "Concat<axis = 1>(d, e)", "Tanh(d)", "Sigmoid(d)", "Exp(d)",
         "Softmax(d)", "GlobalAveragePool(d)", "Reshape(d, rows)", "HardSwish(d)",
         "MaxPool<kernel_shape = [2, 2]>(d)", "Resize(d, , sizes4)"],
    )  # fmt: skip
    def test_every_operator_between_quantizers_runs_on_integers(
        self, runtime: str, operator: str
    ) -> None:
        operator = operator.replace(", , sizes4", ", , , square")
        (kernel,) = self.found(f"o = {operator}", runtime)

        assert {tensor.dtype.bits for tensor in (*kernel.reads, *kernel.writes)} == {8}

    def test_a_float_among_the_operands_keeps_it_a_float(self) -> None:
        kernels = written.kernels(
            "tflite", f"d = DequantizeLinear(x, s, zp) o = Add(d, u) {self.BACK}",
            "uint8[1,8,6,6] x, float[1,8,6,6] u",
        )  # fmt: skip

        assert [kernel.runs_as for kernel in kernels] == [
            "DequantizeLinear", "Add", "QuantizeLinear", "DequantizeLinear",
        ]  # fmt: skip

    def test_an_activation_is_part_of_the_integer_kernel(self) -> None:
        (kernel,) = self.found("a = Add(d, e) o = Relu(a)")

        assert kernel.runs_as == "FusedAdd"
