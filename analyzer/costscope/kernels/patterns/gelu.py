"""GELU written out: x/2 * (1 + erf(x / sqrt 2)), and its approximation by tanh.

Source:
    onnxruntime: core/optimizer, gelu_fusion, bias_gelu_fusion, fast_gelu_fusion. Forms in
    another order (x times the halved bracket) stay as they are there. TensorFlow Lite's
    converter and ncnn's pnnx make GELU of the same forms.
"""

from __future__ import annotations

from costscope.kernels.cell import Cell
from costscope.kernels.draft import Draft
from costscope.kernels.patterns import drawn, pattern
from costscope.kernels.picture import Match, Scalar, Var, draw

_OPSET = 20
_x = Var("x")
_half, _one = Scalar(0.5), Scalar(1.0)

_bracket = draw("Add", draw("Erf", draw("Div", _x, Scalar(2**0.5))), _one)
_inner = draw("Mul", _x, _bracket)
_FORMS = (draw("Mul", draw("Mul", _x, _half), _bracket), draw("Mul", _inner, _half))
# The same in the order that newer exporters write.
_inverse = draw("Add", draw("Erf", draw("Mul", _x, Scalar(0.5**0.5))), _one)
_OTHER_FORMS = (
    draw("Mul", _x, draw("Mul", _bracket, _half)),
    draw("Mul", draw("Mul", _x, _half), _inverse),
    draw("Mul", draw("Mul", _x, _inverse), _half),
    draw("Mul", _x, draw("Mul", _inverse, _half)),
)

_cube = draw("Mul", draw("Pow", _x, Scalar(3.0)), Scalar(0.044715))
_sum = draw("Add", _x, _cube)
_product = draw(
    "Mul", draw("Add", draw("Mul", draw("Mul", _x, Scalar(0.044715)), _x), _one),
    draw("Mul", _x, Scalar(0.7978845608)),
)  # fmt: skip
_TANH = tuple(
    draw("Add", draw("Tanh", inner), _one)
    for inner in (draw("Mul", _sum, Scalar(0.7978845608)), _product)
)
_FAST_FORMS = tuple(draw("Mul", draw("Mul", _x, _half), tanh) for tanh in _TANH)
_OTHER_FAST_FORMS = tuple(draw("Mul", draw("Mul", _x, tanh), _half) for tanh in _TANH) + tuple(
    draw("Mul", _x, draw("Mul", tanh, _half)) for tanh in _TANH
)


def _is_seen(match: Match, draft: Draft) -> bool:
    """Whether onnxruntime sees the second form: not if x itself comes from a Mul."""
    scaled_last = any(op is _inner for op in match.cells)
    return not scaled_last or draft.maker(match.tensors["x"], "Mul") is None


def _is_standard(match: Match, draft: Draft) -> bool:
    """The same, where the standard has an operator for it."""
    return _is_seen(match, draft) and next(iter(match.cells.values())).version >= _OPSET


drawn("gelu", *_FORMS, becomes="Gelu", operands=[_x], fits=_is_seen)
drawn("standard_gelu", *_FORMS, becomes="Gelu", operands=[_x], fits=_is_standard)
drawn("gelu_any_order", *_FORMS, *_OTHER_FORMS, becomes="Gelu", operands=[_x])


def _stays_inside(match: Match, draft: Draft) -> bool:
    """Whether the result is no output of the graph."""
    return not any(draft.leaves(cell.output) for cell in match.cells.values())


drawn("fast_gelu", *_FAST_FORMS, becomes="FastGelu", operands=[_x], fits=_stays_inside)
drawn("fast_gelu_any_order", *_FAST_FORMS, *_OTHER_FAST_FORMS, becomes="FastGelu", operands=[_x])


@pattern("bias_gelu", "Gelu", "FastGelu")
def bias_gelu(cell: Cell, draft: Draft) -> None:
    """Merge the Add of a row into the GELU that is its only reader."""
    adder = draft.maker(cell.input(0), "Add")
    if adder is None or draft.follower(adder) is not cell:
        return
    wide = [t for t in adder.inputs if t is not None and t.shape == adder.output.shape]
    row = [t for t in adder.inputs if t is not None and t.shape == (adder.output.shape or ())[-1:]]
    if wide and row and row[0].constant:
        op = "BiasGelu" if cell.op == "Gelu" else "FastGelu"
        draft.merge([adder, cell], op, (wide[0], row[0]), attributes={})
