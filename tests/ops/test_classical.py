"""Classical machine learning: shapes as onnxruntime, work counted by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from costscope.errors import ShapeError
from costscope.ops import kind_of, why_uncosted
from costscope.ops.classical import ML
from costscope.work import NO_WORK, KernelKind, Work
from one_node import OneNode, ints, ramp

X = ramp(4, 3)
LINEAR = {"coefficients": [0.5] * 6, "intercepts": [0.0, 1.0]}


def ml(op_type: str, *inputs: Any, **attributes: Any) -> OneNode:
    return OneNode(op_type, *inputs, domain=ML, **attributes)


CASES = [
    # 12 comparisons
    (ml("Binarizer", X, threshold=0.5), Work(vector_ops=12)),
    (ml("Imputer", X, imputed_value_floats=[1.0]), Work(vector_ops=12)),
    # 12 subtractions and products
    (ml("Scaler", X, offset=[1.0], scale=[2.0]), Work(vector_ops=24)),
    # 12 maxima and divisions; magnitudes too; squares and a root per row
    (ml("Normalizer", X, norm="MAX"), Work(vector_ops=24)),
    (ml("Normalizer", X, norm="L1"), Work(vector_ops=36)),
    (ml("Normalizer", X, norm="L2"), Work(vector_ops=36, special_ops=4)),
    (ml("ArrayFeatureExtractor", X, ints(2, 0)), NO_WORK),
    (ml("ArrayFeatureExtractor", ramp(5), ints(2, 0)), NO_WORK),
    (ml("LabelEncoder", ints(1, 2), keys_int64s=[1, 2], values_floats=[0.5, 1.5]), NO_WORK),
    (ml("LabelEncoder", ints(1, 2), keys_int64s=[1], values_int64s=[7]), NO_WORK),
    (ml("OneHotEncoder", ints(1, 2), cats_int64s=[1, 2, 3]), NO_WORK),
    (ml("FeatureVectorizer", X, ramp(4, 2), inputdimensions=[3, 2]), NO_WORK),
    # 4 rows x 2 targets x 3 features
    (ml("LinearRegressor", X, targets=2, **LINEAR), Work(macs=24)),
    # the same for 2 classes, and 8 comparisons for the labels
    (ml("LinearClassifier", X, outputs=2, classlabels_ints=[0, 1], **LINEAR), Work(24, 8)),
    # and 1 / (1 + exp(-x)) of 8 scores: 3 simple operations and an exp each
    (
        ml(
            "LinearClassifier",
            X,
            outputs=2,
            classlabels_ints=[0, 1],
            post_transform="LOGISTIC",
            **LINEAR,
        ),
        Work(24, 8 + 24, 8),
    ),
    # 4 rows: 2 vectors of 3 features, 2 weights; differences 4 x 6, exp 4 x 2
    (
        ml(
            "SVMRegressor",
            X,
            n_supports=2,
            support_vectors=[1.0] * 6,
            coefficients=[1.0] * 2,
            rho=[0.0],
            kernel_type="RBF",
            kernel_params=[0.1, 0.0, 0.0],
        ),
        Work(4 * (6 + 2), 24, 8),
    ),
    # linear kernel without support vectors: 4 rows of 3 products
    (
        ml(
            "SVMRegressor",
            X,
            n_supports=0,
            coefficients=[1.0] * 3,
            rho=[0.0],
            kernel_type="LINEAR",
            kernel_params=[0.0, 0.0, 0.0],
        ),
        Work(12),
    ),
]


@pytest.mark.parametrize(("one", "work"), CASES, ids=lambda v: getattr(v, "outputs", None) and "")
def test_shapes_as_onnxruntime_and_work_by_hand(one: OneNode, work: Work) -> None:
    node = one.stays()

    assert [t.dims for t in node.outputs] == [array.shape for array in one.run(one.settings)]
    assert one.work() == work
    assert kind_of(node) is not KernelKind.UNCOSTED


def test_svm_classifier() -> None:
    # 4 rows; 3 vectors of 3 features, a product of 9; 3 weights; labels of 8 scores
    one = ml(
        "SVMClassifier",
        X,
        outputs=2,
        classlabels_strings=["a", "b"],
        vectors_per_class=[2, 1],
        support_vectors=[1.0] * 9,
        coefficients=[1.0] * 3,
        rho=[0.0],
        kernel_type="LINEAR",
    )

    assert one.shapes() == [(4,), (4, 2)]
    assert one.work() == Work(4 * (9 + 3), 8)


@pytest.mark.parametrize(
    "op_type", ["TreeEnsemble", "TreeEnsembleClassifier", "TreeEnsembleRegressor"]
)
def test_trees_are_uncosted_with_a_reason(op_type: str) -> None:
    classes = {"outputs": 2, "classlabels_int64s": [0, 1]} if "Classifier" in op_type else {}
    node, _ = ml(op_type, X, **classes).resolved()

    assert node is not None
    assert kind_of(node) is KernelKind.UNCOSTED
    assert why_uncosted(node)


def test_labels_are_integers_or_texts() -> None:
    def label(**names: Any) -> str:
        one = ml("LinearClassifier", X, coefficients=[1.0] * 6, **names)
        return one.stays().output.dtype.name

    assert label(classlabels_ints=[0, 1]) == "int64"
    assert label(classlabels_strings=["a", "b"]) == "string"


@pytest.mark.parametrize(
    ("one", "message"),
    [
        (ml("FeatureVectorizer", X, ramp(5, 2)), "different numbers of rows"),
        (ml("FeatureVectorizer", ramp(1, 2, 3)), "not rows of features"),
        (ml("OneHotEncoder", ints(1)), "no categories"),
        (ml("LinearClassifier", X, coefficients=[1.0]), "no class labels"),
        (ml("ArrayFeatureExtractor", np.array(1.0, np.float32), ints(0)), "a single number"),
    ],
)
def test_contradictions_are_named(one: OneNode, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        one.stays()
