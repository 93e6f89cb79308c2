"""What ncnn's converter and optimizer make one layer."""

from __future__ import annotations

import pytest

import written

CONV = "a = Conv(x, w, b) "
TWO_OUT = "float[] y, float[] z"


def runs(
    body: str, inputs: str = written.IMAGE, outputs: str = "float[] y", opset: int = 17
) -> list[str]:
    return written.runs(written.kernels("ncnn", body, inputs, outputs, opset=opset))


@pytest.mark.parametrize(
    ("layer", "activation", "fused"),
    [
        (layer, activation, fused)
        for layer, limited in (("Conv(x, w, b)", False), ("ConvTranspose(x, w, b)", True))
        for activation, fused in (
            ("Relu(a)", True), ("LeakyRelu(a)", True), ("Clip(a, zero, six)", True),
            ("Sigmoid(a)", True), ("HardSwish(a)", not limited), ("Mish(a)", not limited),
            ("Tanh(a)", False), ("Elu(a)", False), ("HardSigmoid(a)", False),
        )
    ],
)  # fmt: skip
def test_activations_of_convolutions(layer: str, activation: str, fused: bool) -> None:
    found = runs(f"a = {layer} y = {activation}", opset=18)

    op = layer.partition("(")[0]
    assert found == ([f"Fused{op}"] if fused else sorted([op, activation.partition("(")[0]]))


@pytest.mark.parametrize(
    ("body", "inputs", "expected"),
    [
        ("a = Gemm<transB = 1>(x, fc, fcb) y = Relu(a)", "float[3,8] x", "FusedGemm"),
        ("a = MatMul(x, m) c = Add(a, mb) y = Relu(c)", written.SEQUENCE, "FusedGemm"),
        ("a = MatMul(x, x) y = Relu(a)", "float[4,4] x", "MatMul Relu"),
        ("a = Add(x, x) y = Relu(a)", written.IMAGE, "Add Relu"),
        ("a = MaxPool<kernel_shape = [2, 2]>(x) y = Relu(a)", written.IMAGE, "MaxPool Relu"),
        (f"{CONV} g = Sigmoid(a) y = Mul(a, g)", written.IMAGE, "Conv Swish"),
        (f"{CONV} y = Gelu(a)", written.IMAGE, "Conv Gelu"),
        (f"{CONV} n = BatchNormalization(a, scale, shift, mean, variance) y = Relu(n)",
         written.IMAGE, "FusedConv"),
        ("y = BatchNormalization(x, scale, shift, mean, variance)", written.IMAGE,
         "BatchNormalization"),
        ("y = LayerNormalization(x, mb, mb2)", written.SEQUENCE, "LayerNormalization"),
        ("p = Pad(x, pads) y = Conv(p, w3)", written.IMAGE, "Conv"),
        ("i = Identity(x) d = Dropout(i) y = Exp(d)", written.IMAGE, "Exp"),
    ],
)  # fmt: skip
def test_layers(body: str, inputs: str, expected: str) -> None:
    assert runs(body, inputs, opset=20) == sorted(expected.split())


def test_an_activation_is_not_taken_from_other_readers() -> None:
    assert runs(f"{CONV} y = Relu(a) z = Exp(a)", outputs=TWO_OUT) == ["Conv", "Exp", "Relu"]
    assert runs(f"{CONV} y = Relu(a)", outputs="float[] y, float[] a") == ["Conv", "Relu"]


SHUFFLE = "a = Reshape(x, grouped) c = Transpose<perm = {perm}>(a) y = Reshape(c, {back})"


@pytest.mark.parametrize(
    ("perm", "back", "one"),
    [
        ("[0, 2, 1, 3, 4]", "square", True),
        ("[0, 2, 1, 4, 3]", "square", False),
        ("[0, 1, 2, 4, 3]", "square", False),
        ("[0, 2, 1, 3, 4]", "flat", False),
    ],
)
def test_a_channel_shuffle_is_one_layer(perm: str, back: str, one: bool) -> None:
    found = runs(SHUFFLE.format(perm=perm, back=back))

    assert (found == ["ShuffleChannel"]) is one


def test_a_channel_shuffle_that_others_look_into_is_not() -> None:
    body = SHUFFLE.format(perm="[0, 2, 1, 3, 4]", back="square")

    assert runs(f"{body} z = Exp(c)", outputs=TWO_OUT) == ["Exp", "Reshape", "Reshape", "Transpose"]


def test_a_shuffle_moves_its_tensor_once() -> None:
    (kernel,) = written.kernels("ncnn", SHUFFLE.format(perm="[0, 2, 1, 3, 4]", back="square"))

    assert kernel.traffic.total_bytes == 2 * 288 * 4
    assert kernel.memory_access == 2 * 288


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("p = GlobalAveragePool(x) y = Flatten(p)", "GlobalAveragePool"),
        ("p = ReduceMean<axes = [2, 3]>(x) y = Flatten(p)", "ReduceMean"),
        ("p = MaxPool<kernel_shape = [2, 2]>(x) y = Flatten(p)", "MaxPool Flatten"),
        ("p = GlobalAveragePool(x) y = Flatten(p) z = Exp(p)", "GlobalAveragePool Flatten Exp"),
    ],
)
def test_views_behind_a_row_of_channels_are_gone(body: str, expected: str) -> None:
    outputs = TWO_OUT if "z =" in body else "float[] y"

    assert runs(body, outputs=outputs) == sorted(expected.split())


class TestIntegers:
    """8-bit networks: integer layers for products alone."""

    FRONT = "d = DequantizeLinear(x, s, zp) wd = DequantizeLinear<axis = 0>(qw, sw, zw) "
    BACK = " q = QuantizeLinear(o, s2, zp100) y = DequantizeLinear(q, s2, zp100)"
    BYTES = "uint8[1,8,6,6] x"

    def test_a_convolution_runs_on_integers(self) -> None:
        assert runs(f"{self.FRONT} o = Conv(d, wd) {self.BACK}", self.BYTES) == [
            "Conv", "DequantizeLinear",
        ]  # fmt: skip

    def test_a_sum_runs_on_floats(self) -> None:
        body = f"d = DequantizeLinear(x, s, zp) o = Add(d, d) {self.BACK}"

        assert runs(body, self.BYTES) == [
            "Add", "DequantizeLinear", "DequantizeLinear", "QuantizeLinear",
        ]  # fmt: skip
