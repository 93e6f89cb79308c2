"""Random numbers."""

from __future__ import annotations

import pytest
from onnx import TensorProto

from costscope.errors import ShapeError
from costscope.work import Work
from single_node import node_of, work

X = (3, 8)


def test_work_per_number() -> None:
    assert work("RandomUniform", shape=[3, 8]) == Work(0, 3 * 24)  # step, scale, shift
    assert work("RandomUniformLike", X) == Work(0, 3 * 24)
    # Box-Muller: two of log, sqrt, sin and cos for each number, and two products
    assert work("RandomNormal", shape=[3, 8]) == Work(0, 5 * 24, 2 * 24)
    assert work("RandomNormalLike", X) == Work(0, 5 * 24, 2 * 24)
    assert work("Bernoulli", X) == Work(0, 2 * 24)


def test_samples_search_the_classes() -> None:
    # 24 exps and additions; 3 * 5 samples of a step and at most 8 comparisons
    assert work("Multinomial", X, sample_size=5) == Work(0, 24 + 15 * 9, 24)


def test_element_types() -> None:
    half = TensorProto.FLOAT16

    assert node_of("RandomNormalLike", X, dtype=half).output.dtype.name == "float16"
    assert node_of("RandomNormalLike", X).output.dtype.name == "float32"
    assert node_of("Multinomial", X).output.dtype.name == "int32"


def test_contradictions_are_told() -> None:
    with pytest.raises(ShapeError, match="no attribute 'shape'"):
        node_of("RandomNormal")
    with pytest.raises(ShapeError, match=r"rows of a matrix, not \[8\]"):
        node_of("Multinomial", (8,))
