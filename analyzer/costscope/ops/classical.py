"""Classical machine learning (`ai.onnx.ml`), and training operators, which are no inference.

Coefficients and support vectors are attributes, not tensors: their work is counted, their
bytes are not.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from costscope.dtypes import FLOAT32, INT64, STRING
from costscope.errors import ShapeError
from costscope.graph.types import Node, TensorType
from costscope.ops import Site, Slot, no_work, op, shape_of, unsupported
from costscope.work import KernelKind, Work

ML = "ai.onnx.ml"

unsupported(
    "how deep its trees are walked depends on the data",
    "TreeEnsemble",
    "TreeEnsembleClassifier",
    "TreeEnsembleRegressor",
    domain=ML,
)
unsupported(
    "it works on dictionaries, which are no tensors",
    "CastMap",
    "DictVectorizer",
    "ZipMap",
    domain=ML,
)
unsupported(
    "it is a step of training, not of inference",
    "Adagrad",
    "Adam",
    "Gradient",
    "Momentum",
    domain="ai.onnx.preview.training",
)

# What follows the scores: (vector, special) operations per score.
_POST_TRANSFORM = {
    "NONE": (0, 0),
    "LOGISTIC": (3, 1),  # 1 / (1 + exp(-x))
    "SOFTMAX": (4, 1),  # maximum, subtraction, exp, sum, division
    "SOFTMAX_ZERO": (4, 1),
    "PROBIT": (2, 1),  # the inverse error function, scaled and shifted
}
# What a kernel function adds per support vector to its scalar product.
_KERNEL_SPECIAL = {"LINEAR": 0, "POLY": 1, "RBF": 1, "SIGMOID": 1}


@op("Binarizer", "Imputer", domain=ML, kind=KernelKind.ELEMENTWISE)
def compared(node: Node) -> Work:
    """One comparison per element: with a threshold, or with the value that is missing.

    Source:
        ONNX-ML operators Binarizer and Imputer, version 1.
    """
    return Work(vector_ops=node.output.elements)


@op("Scaler", domain=ML, kind=KernelKind.ELEMENTWISE)
def scaler(node: Node) -> Work:
    """Values shifted and scaled, y = (x - offset) * scale: two operations per element.

    Source:
        ONNX-ML operator Scaler, version 1.
    """
    return Work(vector_ops=2 * node.output.elements)


@op("Normalizer", domain=ML, kind=KernelKind.NORMALIZATION)
def normalizer(node: Node) -> Work:
    """Rows divided by their maximum, by the sum of their magnitudes, or by their length.

    vector_ops = elements(Y) * (join, divide, and for L1 and L2 a magnitude or square)
    special_ops = 1 per row for L2, the root

    Source:
        ONNX-ML operator Normalizer, version 1.
    """
    norm = node.attributes.get("norm", "MAX")
    elements, rows = node.output.elements, prod(node.output.dims[:-1])
    return Work(
        vector_ops=elements * (2 if norm == "MAX" else 3), special_ops=rows if norm == "L2" else 0
    )


@op("LabelEncoder", "CategoryMapper", domain=ML, kind=KernelKind.GATHER)
def looked_up(node: Node) -> Work:
    """No arithmetic: each element is looked up in a table.

    Source:
        ONNX-ML operators LabelEncoder, versions 1 to 4, and CategoryMapper, version 1.
    """
    return no_work(node)


@op(
    "ArrayFeatureExtractor",
    domain=ML,
    kind=KernelKind.GATHER,
    slots={1: Slot.SETTING},
    reads=lambda node: {0: node.output.elements},
)
def extracted(node: Node) -> Work:
    """No arithmetic: the columns named are copied.

    Source:
        ONNX-ML operator ArrayFeatureExtractor, version 1.
    """
    return no_work(node)


@op("FeatureVectorizer", "OneHotEncoder", domain=ML, kind=KernelKind.MOVEMENT)
def laid_out(node: Node) -> Work:
    """No arithmetic: columns side by side, or a 1 among zeros.

    Source:
        ONNX-ML operators FeatureVectorizer and OneHotEncoder, version 1.
    """
    return no_work(node)


@op("LinearClassifier", "LinearRegressor", domain=ML, kind=KernelKind.FULLY_CONNECTED)
def linear(node: Node) -> Work:
    """A matrix of coefficients, then the post-transform.

    macs = N * coefficients

    Shapes:
        X: (N, C)    scores: (N, E)    coefficients: E * C
    Source:
        ONNX-ML operators LinearClassifier and LinearRegressor, version 1.
    """
    rows = _rows(node.shape(0))
    given = len(node.attributes.get("coefficients", ()))
    return Work(macs=rows * given) + _post_transform(node)


@op("SVMClassifier", "SVMRegressor", domain=ML, kind=KernelKind.FULLY_CONNECTED)
def support_vectors(node: Node) -> Work:
    """A kernel value per support vector, then their weighted sums.

    macs = N * (vectors * C + coefficients)
    vector_ops: for RBF a subtraction per feature of each vector
    special_ops: one per kernel value that is not linear (power, exp, tanh)

    Shapes:
        X: (N, C)    support vectors: (vectors, C)
    Source:
        ONNX-ML operators SVMClassifier and SVMRegressor, version 1.
    """
    rows, features = _rows(node.shape(0)), max(1, (node.shape(0) or (1,))[-1])
    held = len(node.attributes.get("support_vectors", ()))
    given = len(node.attributes.get("coefficients", ()))
    kernel = node.attributes.get("kernel_type", "LINEAR")
    kernels = Work(
        macs=rows * (held + given),
        vector_ops=rows * held if kernel == "RBF" else 0,
        special_ops=rows * (held // features) * _KERNEL_SPECIAL.get(kernel, 1),
    )
    return kernels + _post_transform(node)


def _rows(shape: tuple[int, ...]) -> int:
    return shape[0] if len(shape) > 1 else 1


def _post_transform(node: Node) -> Work:
    """What is done to the scores, which are the last output."""
    name = node.attributes.get("post_transform", "NONE")
    vector, special = _POST_TRANSFORM.get(name, (4, 1))
    scores = node.outputs[-1].elements
    compared_for_label = scores if "Classifier" in node.op_type else 0
    return Work(vector_ops=vector * scores + compared_for_label, special_ops=special * scores)


@shape_of("Binarizer", "Imputer", domain=ML)
def same_type(site: Site) -> Sequence[TensorType]:
    """The input's shape and element type."""
    return [TensorType(site.shape(0), site.input(0).dtype)]


@shape_of("Scaler", "Normalizer", domain=ML)
def same_shape(site: Site) -> Sequence[TensorType]:
    """The input's shape, in float32."""
    return [TensorType(site.shape(0), FLOAT32)]


@shape_of("LabelEncoder", "CategoryMapper", domain=ML)
def looked_up_shape(site: Site) -> Sequence[TensorType]:
    """The input's shape, in the element type of the table's values."""
    names = site.attributes
    if "values_floats" in names:
        dtype = FLOAT32
    elif "values_int64s" in names:
        dtype = INT64
    elif "values_strings" in names:
        dtype = STRING
    elif site.op_type == "LabelEncoder" and "classes_strings" not in names:
        dtype = site.infer()[0].dtype
    else:  # texts to integers, or the other way
        dtype = INT64 if site.input(0).dtype == STRING else STRING
    return [TensorType(site.shape(0), dtype)]


@shape_of("FeatureVectorizer", domain=ML)
def feature_vectorizer_shape(site: Site) -> Sequence[TensorType]:
    """All columns side by side."""
    shapes = [site.shape(slot) for slot in range(len(site.inputs))]
    if not shapes or any(not 1 <= len(shape) <= 2 for shape in shapes):
        raise ShapeError("its inputs are not rows of features")
    rows = {_rows(shape) for shape in shapes}
    if len(rows) > 1:
        raise ShapeError(f"its inputs have different numbers of rows: {sorted(rows)}")
    return [TensorType((rows.pop(), sum(shape[-1] for shape in shapes)), FLOAT32)]


@shape_of("OneHotEncoder", domain=ML)
def one_hot_encoder_shape(site: Site) -> Sequence[TensorType]:
    """One axis more, with a place per category."""
    names = ("cats_int64s", "cats_strings")
    count = max(len(site.attributes.get(name, ())) for name in names)
    if not count:
        raise ShapeError("it has no categories")
    return [TensorType((*site.shape(0), count), FLOAT32)]


@shape_of("ArrayFeatureExtractor", domain=ML)
def extracted_shape(site: Site) -> Sequence[TensorType]:
    """The last axis becomes as long as there are indices."""
    shape, indices = site.shape(0), site.shape(1)
    if not shape:
        raise ShapeError("its input is a single number")
    leading = shape[:-1] if len(shape) > 1 else (1,)
    return [TensorType((*leading, prod(indices)), site.input(0).dtype)]


@shape_of("LinearRegressor", "SVMRegressor", domain=ML)
def regressor_shape(site: Site) -> Sequence[TensorType]:
    """A row of targets per example."""
    return [TensorType((_rows(site.shape(0)), int(site.attributes.get("targets", 1))), FLOAT32)]


@shape_of("LinearClassifier", "SVMClassifier", domain=ML)
def classifier_shape(site: Site) -> Sequence[TensorType]:
    """A label per example, and a score per class."""
    texts = site.attributes.get("classlabels_strings", ())
    classes = len(texts) or len(site.attributes.get("classlabels_ints", ()))
    if not classes:
        raise ShapeError("it has no class labels")
    rows = _rows(site.shape(0))
    return [TensorType((rows,), STRING if texts else INT64), TensorType((rows, classes), FLOAT32)]
