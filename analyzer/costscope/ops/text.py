"""Text and encoded images: knowingly not costed, since the work is in the contents."""

from __future__ import annotations

from collections.abc import Sequence

from costscope.dtypes import FLOAT32
from costscope.errors import ShapeError
from costscope.graph.types import TensorType
from costscope.ops import Site, UnknownShapeError, shape_of, unsupported

unsupported(
    "its work depends on the length of the texts, which the graph does not say",
    "StringConcat",
    "StringNormalizer",
    "StringSplit",
    "RegexFullMatch",
)
unsupported(
    "its work depends on which n-grams the data holds, which the graph does not say",
    "TfIdfVectorizer",
)
unsupported(
    "the work of decoding depends on the encoded image, which the graph does not hold",
    "ImageDecoder",
)


@shape_of("TfIdfVectorizer")
def tf_idf_shape(site: Site) -> Sequence[TensorType]:
    """One column per n-gram index, for each row of the input."""
    shape, indexes = site.shape(0), site.attributes.get("ngram_indexes", ())
    if len(shape) > 2 or not indexes:
        raise ShapeError(f"its input has rank {len(shape)}, with {len(indexes)} n-grams")
    return [TensorType((*shape[:-1], max(int(i) for i in indexes) + 1), FLOAT32)]


@shape_of("ImageDecoder")
def image_decoder_shape(_site: Site) -> Sequence[TensorType]:
    """Unknown: the size of an image is in its encoding."""
    raise UnknownShapeError("the size of an image stands in its encoding")
