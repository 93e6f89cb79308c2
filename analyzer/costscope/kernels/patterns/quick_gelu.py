"""x * sigmoid(a * x): QuickGelu; SiLU, or swish, where a is 1.

Source:
    onnxruntime: core/optimizer/quick_gelu_fusion (any constant factor, or none).
"""

from __future__ import annotations

from costscope.kernels.patterns import drawn
from costscope.kernels.picture import Scalar, Var, draw

_x = Var("x")

drawn(
    "quick_gelu",
    draw("Mul", _x, draw("Sigmoid", _x)),
    draw("Mul", _x, draw("Sigmoid", draw("Mul", _x, Scalar()))),
    becomes="QuickGelu",
    operands=[_x],
)
drawn(
    "swish",
    draw("Mul", _x, draw("Sigmoid", _x)),
    becomes="Swish",
    operands=[_x],
)
