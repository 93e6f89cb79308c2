"""Hard swish written out: x * clip(x + 3, 0, 6) / 6, in any order of its factors.

Source:
    TensorFlow: compiler/mlir/lite/transforms/optimize_patterns.td (HardSwish).
    ncnn: tools/pnnx, F_hardswish.
"""

from __future__ import annotations

from math import isclose

from costscope.kernels.clipping import bounds
from costscope.kernels.draft import Draft
from costscope.kernels.patterns import drawn
from costscope.kernels.picture import Match, Op, Picture, Scalar, Var, draw

_x = Var("x")
_sum = draw("Add", _x, Scalar(3.0))
_sixth = Scalar(1 / 6)


def _forms(clip: Picture) -> tuple[Op, ...]:
    return (
        draw("Mul", draw("Mul", _x, clip), _sixth),
        draw("Div", draw("Mul", _x, clip), Scalar(6.0)),
        draw("Mul", _x, draw("Mul", clip, _sixth)),
        draw("Mul", _x, draw("Div", clip, Scalar(6.0))),
    )


_CLIPS = (
    draw("Clip", _sum, Scalar(0.0), Scalar(6.0), name="clip"),
    draw("Clip", _sum, name="clip"),
)
_DEFAULT_SLOPE, _HALF, _RELATIVE_ERROR = 0.2, 0.5, 1e-3
_GATED = draw("Mul", _x, draw("HardSigmoid", _x, name="gate"))


def _to_six(match: Match, _draft: Draft) -> bool:
    return bounds(match.cell("clip")) == (0.0, 6.0)


def _is_sixth(match: Match, _draft: Draft) -> bool:
    attributes = match.cell("gate").attributes
    slope, shift = attributes.get("alpha", _DEFAULT_SLOPE), attributes.get("beta", _HALF)
    return isclose(slope, 1 / 6, rel_tol=_RELATIVE_ERROR) and shift == _HALF


drawn(
    "hard_swish",
    *(form for clip in _CLIPS for form in _forms(clip)),
    becomes="HardSwish",
    operands=[_x],
    fits=_to_six,
)
drawn("gated_hard_swish", _GATED, becomes="HardSwish", operands=[_x], fits=_is_sixth)
