"""Networks put together by chance from blocks of real ones: the same kernels as onnxruntime."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from ort_case import VERSION

import written

# {x} is read, {y} is made; names with {n} are the block's own.
IMAGES = [
    "{y} = Conv<pads = [1, 1, 1, 1]>({x}, w3, b)",
    "a{n} = Conv({x}, w) {y} = Relu(a{n})",
    "a{n} = Conv({x}, w2, b) {y} = Clip(a{n}, zero, six)",
    "a{n} = Conv<group = 8, pads = [1, 1, 1, 1]>({x}, dw)"
    " c{n} = BatchNormalization(a{n}, scale, shift, mean, variance) {y} = HardSwish(c{n})",
    "a{n} = Conv({x}, w) {y} = Add({x}, a{n})",
    "a{n} = Conv({x}, w, b) c{n} = Add(a{n}, {x}) {y} = Relu(c{n})",
    "p{n} = GlobalAveragePool({x}) a{n} = Conv(p{n}, w) r{n} = Relu(a{n})"
    " e{n} = Conv(r{n}, w2) g{n} = HardSigmoid(e{n}) {y} = Mul({x}, g{n})",
    "p{n} = ReduceMean<axes = [2, 3]>({x}) a{n} = Conv(p{n}, w, b) g{n} = Sigmoid(a{n})"
    " {y} = Mul(g{n}, {x})",
    "g{n} = Sigmoid({x}) {y} = Mul({x}, g{n})",
    "a{n} = Slice({x}, i0, i4, i1) c{n} = Slice({x}, i4, i8, i1) r{n} = Relu(c{n})"
    " {y} = Concat<axis = 1>(a{n}, r{n})",
    "a{n} = Reshape({x}, grouped) c{n} = Transpose<perm = [0, 2, 1, 3, 4]>(a{n})"
    " {y} = Reshape(c{n}, square)",
    "p{n} = Pad({x}, pads) {y} = Conv(p{n}, w3)",
    "a{n} = Mul({x}, channels) {y} = Add(a{n}, channels2)",
    "{y} = BatchNormalization({x}, scale, shift, mean, variance)",
    "t{n} = Transpose<perm = [0, 2, 3, 1]>({x}) a{n} = LayerNormalization(t{n}, scale, shift)"
    " {y} = Transpose<perm = [0, 3, 1, 2]>(a{n})",
    "t{n} = Transpose<perm = [0, 2, 3, 1]>({x}) a{n} = Add(t{n}, scale) r{n} = Relu(a{n})"
    " {y} = Transpose<perm = [0, 3, 1, 2]>(r{n})",
    "d{n} = Div({x}, root2) e{n} = Erf(d{n}) p{n} = Add(e{n}, one) h{n} = Mul({x}, p{n})"
    " {y} = Mul(h{n}, half)",
    "{y} = MaxPool<kernel_shape = [3, 3], pads = [1, 1, 1, 1]>({x})",
    "{y} = Identity({x})",
    "{y} = Dropout({x})",
    "a{n} = Exp({x}) c{n} = Exp({x}) {y} = Sub(a{n}, c{n})",
]
SEQUENCES = [
    "a{n} = MatMul({x}, m) {y} = Add(a{n}, mb)",
    "a{n} = MatMul({x}, m) {y} = Add(mb2, a{n})",
    "a{n} = MatMul({x}, m2) {y} = Add({x}, a{n})",
    "{y} = LayerNormalization({x}, mb, mb2)",
    "a{n} = MatMul({x}, m) c{n} = Add(a{n}, mb) sum{n} = Add({x}, c{n})"
    " {y} = LayerNormalization(sum{n}, mb, mb2)",
    "a{n} = Add({x}, mb) d{n} = Div(a{n}, root2) e{n} = Erf(d{n}) p{n} = Add(e{n}, one)"
    " h{n} = Mul(a{n}, half) {y} = Mul(h{n}, p{n})",
    "q{n} = MatMul({x}, m) k{n} = MatMul({x}, m2) t{n} = Transpose<perm = [0, 2, 1]>(k{n})"
    " a{n} = MatMul(q{n}, t{n}) f{n} = Mul(a{n}, half) sum{n} = Softmax(f{n})"
    " {y} = MatMul(sum{n}, {x})",
    "c{n} = ReduceMean<axes = [-1]>({x}) d{n} = Sub({x}, c{n}) q{n} = Pow(d{n}, two)"
    " v{n} = ReduceMean<axes = [-1]>(q{n}) u{n} = Add(v{n}, tiny) r{n} = Sqrt(u{n})"
    " k{n} = Div(d{n}, r{n}) g{n} = Mul(k{n}, mb) {y} = Add(g{n}, mb2)",
    "q{n} = Pow({x}, two) v{n} = ReduceMean<axes = [-1]>(q{n}) u{n} = Add(v{n}, tiny)"
    " r{n} = Sqrt(u{n}) k{n} = Div({x}, r{n}) {y} = Mul(k{n}, mb)",
    "k{n} = Mul({x}, quick) g{n} = Sigmoid(k{n}) {y} = Mul({x}, g{n})",
    "a{n} = Mul({x}, two) {y} = MatMul(a{n}, m)",
    "a{n} = Unsqueeze({x}, i1) r{n} = Relu(a{n}) {y} = Squeeze(r{n}, i1)",
    "a{n} = Relu({x}) c{n} = Tanh({x}) {y} = Add(a{n}, c{n})",
    "{y} = Identity({x})",
]


def network(seed: int) -> tuple[str, str]:
    """The text of a network, and its input."""
    choose = random.Random(seed)
    blocks, inputs = choose.choice([(IMAGES, written.IMAGE), (SEQUENCES, written.SEQUENCE)])
    body, made = [], ["x"]
    for place in range(choose.randint(3, 9)):
        # Mostly in a row, now and then from further up: that gives second readers.
        source = made[-1] if choose.random() < 0.9 else choose.choice(made)
        body.append(choose.choice(blocks).format(x=source, y=f"out{place}", n=place))
        made.append(f"out{place}")
    body.append(f"y = Neg({made[-1]})")
    return " ".join(body), inputs


@pytest.mark.parametrize("seed", range(60))
def test_kernels_are_those_of_onnxruntime(seed: int, tmp_path: Path) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    if not onnxruntime.__version__.startswith(VERSION):
        pytest.skip(f"written for onnxruntime {VERSION}x")
    body, inputs = network(seed)

    found = written.runs(written.kernels("onnxruntime", body, inputs))

    assert found == written.onnxruntime_runs(written.model(body, inputs), tmp_path)
