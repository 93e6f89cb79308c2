"""Operators of the standard's first drafts, which onnxruntime still runs below opset 10.

They stand in the standard's domain, though onnx has forgotten them.
"""

from __future__ import annotations

from collections.abc import Sequence

from costscope.errors import ShapeError
from costscope.graph.types import TensorType
from costscope.ops import Site, no_work, op, shape_of
from costscope.ops.contrib_elementwise import per_element, same_shape
from costscope.work import KernelKind

# (vector operations, special operations) per element.
_COSTS = {
    "Affine": (2, 0),              # a*x + b
    "ImageScaler": (2, 0),         # a*x + b, b by channel
    "ParametricSoftplus": (3, 2),  # a * log(1 + exp(b*x))
    "Scale": (1, 0),               # a*x
    "ScaledTanh": (2, 1),          # a * tanh(b*x)
}  # fmt: skip

for _op_type, _cost in _COSTS.items():
    op(_op_type, kind=KernelKind.ELEMENTWISE)(per_element(*_cost))
op("Crop", kind=KernelKind.MOVEMENT, reads=lambda node: {0: node.output.elements})(no_work)

shape_of(*_COSTS)(same_shape)


@shape_of("Crop")
def crop_shape(site: Site) -> Sequence[TensorType]:
    """The picture without its borders (left, top, right, bottom), or a part of it from there."""
    shape, border = site.shape(0), tuple(site.attributes.get("border", (0, 0, 0, 0)))
    if len(shape) != 4 or len(border) != 4:
        raise ShapeError(f"borders {list(border)} around an input {list(shape)}")
    scale = tuple(site.attributes.get("scale", ()))
    left, top, right, bottom = border
    sizes = scale or (shape[2] - top - bottom, shape[3] - left - right)
    if len(sizes) != 2 or min(sizes) < 1 or sizes[0] > shape[2] or sizes[1] > shape[3]:
        raise ShapeError(f"a part of {list(sizes)} out of an input {list(shape)}")
    return [TensorType((*shape[:2], *sizes), site.input(0).dtype)]
