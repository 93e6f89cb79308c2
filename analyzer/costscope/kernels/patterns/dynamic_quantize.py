"""A product of integers whose range is found when it runs.

    DynamicQuantizeLinear -> MatMulInteger -> Cast -> * (scale of x * scale of w) [+ bias]

Source:
    onnxruntime: core/optimizer, matmul_integer_to_float and dynamic_quantize_matmul_fusion;
    the latter only where one product reads what was quantized.
"""

from __future__ import annotations

from costscope.kernels.patterns import drawn
from costscope.kernels.picture import Const, Out, Var, draw

_x, _weight, _scale = Var("x"), Const("weight"), Const("scale")
_zero, _bias = Const("zero"), Const("bias")

_dynamic = draw("DynamicQuantizeLinear", _x)
_FORMS = tuple(
    draw(
        "Mul",
        draw("Cast", draw("MatMulInteger", _dynamic, _weight, Out(_dynamic, 2), *zero)),
        draw("Mul", Out(_dynamic, 1), _scale),
    )
    for zero in ((_zero,), ())
)
drawn(
    "dynamic_quantize_matmul",
    *(draw("Add", form, _bias) for form in _FORMS),
    *_FORMS,
    becomes="DynamicQuantizeMatMul",
    operands=[_x, _weight, _scale, _zero, _bias],
)

_a, _a_scale, _a_zero = Var("a"), Var("a_scale"), Var("a_zero")
_PLAIN = tuple(
    draw(
        "Mul",
        draw("Cast", draw("MatMulInteger", _a, _weight, _a_zero, *zero)),
        draw("Mul", _a_scale, _scale),
    )
    for zero in ((_zero,), ())
)
drawn(
    "matmul_integer_to_float",
    *(draw("Add", form, _bias) for form in _PLAIN),
    *_PLAIN,
    becomes="MatMulIntegerToFloat",
    operands=[_a, _weight, _a_scale, _scale, _a_zero, _zero, _bias],
)
