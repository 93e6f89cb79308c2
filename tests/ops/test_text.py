"""Text and images: listed as uncosted with a reason, never as zero."""

from __future__ import annotations

import numpy as np
import pytest
from onnx import TensorProto, helper

from costscope.errors import ShapeError
from costscope.graph.types import Node
from costscope.ops import kind_of, why_uncosted
from costscope.shapes import resolve
from costscope.work import KernelKind
from one_node import OneNode, ramp


def texts(op_type: str, outputs: int = 1, count: int = 1) -> Node:
    names = [f"x{i}" for i in range(count)]
    node = helper.make_node(op_type, names, [f"y{i}" for i in range(outputs)])
    graph = helper.make_graph(
        [node],
        "g",
        [helper.make_tensor_value_info(name, TensorProto.STRING, [3]) for name in names],
        [helper.make_empty_tensor_value_info("y0")],
    )
    (found,) = resolve(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)])).nodes
    return found


@pytest.mark.parametrize(("op_type", "count"), [("RegexFullMatch", 1), ("StringConcat", 2)])
def test_text_is_uncosted_with_a_reason(op_type: str, count: int) -> None:
    node = texts(op_type, count=count)

    assert kind_of(node) is KernelKind.UNCOSTED
    assert "length of the texts" in (why_uncosted(node) or "")


@pytest.mark.parametrize(("op_type", "outputs"), [("StringSplit", 2), ("StringNormalizer", 1)])
def test_how_many_texts_are_left_is_unknown(op_type: str, outputs: int) -> None:
    node = texts(op_type, outputs)

    assert "the shape of its output is unknown" in (why_uncosted(node) or "")


TFIDF = {
    "mode": "TF",
    "min_gram_length": 1,
    "max_gram_length": 1,
    "max_skip_count": 0,
    "ngram_counts": [0],
    "ngram_indexes": [0, 1, 5],
    "pool_int64s": [2, 3, 4],
}


@pytest.mark.parametrize("sizes", [(4,), (2, 4)])
def test_columns_of_n_grams_as_onnxruntime(sizes: tuple[int, ...]) -> None:
    one = OneNode("TfIdfVectorizer", ramp(*sizes, dtype=int), **TFIDF)

    assert one.shapes() == [one.run()[0].shape] == [(*sizes[:-1], 6)]
    assert "n-grams" in (why_uncosted(one.stays()) or "")


def test_n_grams_of_a_cube_are_refused() -> None:
    with pytest.raises(ShapeError, match="its input has rank 3, with 3 n-grams"):
        OneNode("TfIdfVectorizer", ramp(1, 2, 3, dtype=int), **TFIDF).stays()


def test_an_encoded_image_has_no_known_size() -> None:
    node, _ = OneNode("ImageDecoder", ramp(9, dtype=np.uint8), opset=20).resolved()

    assert node is not None
    assert why_uncosted(node) == (
        "the shape of its output is unknown: the size of an image stands in its encoding"
    )
