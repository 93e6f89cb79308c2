"""Values of arithmetic on small constants: what shape arithmetic is made of.

Results keep the ONNX element type. What the standard leaves undefined (a division of
integers by zero, a maximum over nothing) has no known value here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from math import prod
from typing import Any

import numpy as np

from costscope.dtypes import from_onnx
from costscope.graph.constants import numpy_dtype
from costscope.graph.dims import axes_of, axis_of
from costscope.ops import Array, Site, UnknownShapeError, value_of

_UNARY: dict[str, Callable[[Array], Any]] = {
    "Neg": np.negative,
    "Abs": np.abs,
    "Sign": np.sign,
    "Sqrt": np.sqrt,
    "Exp": np.exp,
    "Log": np.log,
    "Floor": np.floor,
    "Ceil": np.ceil,
    "Round": np.rint,
    "Not": np.logical_not,
    "Reciprocal": np.reciprocal,
    "BitwiseNot": np.invert,
    "Relu": lambda x: np.maximum(x, x.dtype.type(0)),
}
_BINARY: dict[str, Callable[[Array, Array], Any]] = {
    "Add": np.add,
    "Sub": np.subtract,
    "Mul": np.multiply,
    "Equal": np.equal,
    "Less": np.less,
    "Greater": np.greater,
    "LessOrEqual": np.less_equal,
    "GreaterOrEqual": np.greater_equal,
    "And": np.logical_and,
    "Or": np.logical_or,
    "Xor": np.logical_xor,
    "BitwiseAnd": np.bitwise_and,
    "BitwiseOr": np.bitwise_or,
    "BitwiseXor": np.bitwise_xor,
}
_VARIADIC: dict[str, Callable[[Array, Array], Any]] = {
    "Sum": np.add,
    "Max": np.maximum,
    "Min": np.minimum,
}
_REDUCTIONS: dict[str, Callable[..., Any]] = {
    "ReduceSum": np.sum,
    "ReduceProd": np.prod,
    "ReduceMax": np.max,
    "ReduceMin": np.min,
}


def _inputs(site: Site) -> list[Array]:
    """The inputs' values; they must be of an arithmetic that numpy shares."""
    values = [value for value in site.values if value is not None]
    if len(values) != len(site.inputs) or site.version < 7:
        raise UnknownShapeError("an input has no known value")
    return values


def _quiet(function: Callable[..., Any], *operands: Array) -> Array:
    """A numpy function without its warnings: overflow and NaN are values like others."""
    with np.errstate(all="ignore"):
        return np.asarray(function(*operands))


@value_of(*_UNARY)
def unary_value(site: Site) -> Sequence[Array]:
    """The function of the one input, in its type."""
    (value,) = _inputs(site)
    if site.op_type == "Reciprocal":
        _refuse_zero(value)
    return [_quiet(_UNARY[site.op_type], value).astype(value.dtype, copy=False)]


@value_of(*_BINARY)
def binary_value(site: Site) -> Sequence[Array]:
    """The function of the two inputs, broadcast."""
    first, second = _inputs(site)
    if first.dtype != second.dtype:
        raise UnknownShapeError("its inputs are of different types")
    return [_quiet(_BINARY[site.op_type], first, second)]


@value_of("Div", "Mod")
def division_value(site: Site) -> Sequence[Array]:
    """Quotient or remainder; integers are divided towards zero.

    The remainder of Mod has the sign of the divisor, and with `fmod` that of the dividend.
    """
    first, second = _inputs(site)
    _refuse_zero(second)
    if site.op_type == "Mod":
        return [_quiet(np.fmod if site.attributes.get("fmod", 0) else np.mod, first, second)]
    return [_quiet(_divided, first, second)]


def _divided(first: Array, second: Array) -> Array:
    if not np.issubdtype(first.dtype, np.integer):
        return np.asarray(np.true_divide(first, second))
    quotient = np.floor_divide(first, second)
    # Rounded down so far: one too few where the signs differ and something is left over.
    inexact = quotient * second != first
    return np.asarray(quotient + (inexact & ((first < 0) != (second < 0))).astype(first.dtype))


def _refuse_zero(divisor: Array) -> None:
    if np.issubdtype(divisor.dtype, np.integer) and not divisor.all():
        raise UnknownShapeError("it divides integers by zero")


@value_of("Pow")
def power_value(site: Site) -> Sequence[Array]:
    """A power in the type of its base."""
    base, exponent = _inputs(site)
    if np.issubdtype(exponent.dtype, np.integer) and (exponent < 0).any():
        exponent = exponent.astype(np.float64)
    return [_quiet(np.power, base, exponent).astype(base.dtype, copy=False)]


@value_of(*_VARIADIC)
def variadic_value(site: Site) -> Sequence[Array]:
    """The inputs joined two by two."""
    function = _VARIADIC[site.op_type]
    return [reduce(lambda first, second: _quiet(function, first, second), _inputs(site))]


@value_of("Mean")
def mean_value(site: Site) -> Sequence[Array]:
    """The inputs' sum over their number."""
    values = _inputs(site)
    total = reduce(lambda first, second: _quiet(np.add, first, second), values)
    return [_quiet(np.true_divide, total, np.asarray(len(values))).astype(total.dtype)]


@value_of("Cast")
def cast_value(site: Site) -> Sequence[Array]:
    """The value in another type; floats become integers towards zero."""
    return [_cast(_inputs(site)[0], int(site.attributes.get("to", 0)))]


@value_of("CastLike")
def cast_like_value(site: Site) -> Sequence[Array]:
    """The first value in the type of the second."""
    first, second = _inputs(site)
    return [_quiet(lambda x: x.astype(second.dtype), first)]


def _cast(value: Array, code: int) -> Array:
    target = numpy_dtype(from_onnx(code))
    if target is None:
        raise UnknownShapeError("numpy has no such element type")
    return _quiet(lambda x: x.astype(target), value)


@value_of("Where")
def where_value(site: Site) -> Sequence[Array]:
    """The second input where the first is true, else the third."""
    condition, first, second = _inputs(site)
    return [np.where(condition.astype(bool), first, second)]


@value_of("Clip")
def clip_value(site: Site) -> Sequence[Array]:
    """The input between its bounds; a lower bound above the upper one gives way to it."""
    value = site.value(0)
    if value is None:
        raise UnknownShapeError("its input has no known value")
    for slot, name, function in ((1, "min", np.maximum), (2, "max", np.minimum)):
        bound = site.value(slot) if site.has(slot) else site.attributes.get(name)
        if bound is not None:
            value = _quiet(function, value, np.asarray(bound, value.dtype))
    return [value]


@value_of("MatMul")
def matmul_value(site: Site) -> Sequence[Array]:
    """A small product of matrices."""
    first, second = _inputs(site)
    return [_quiet(np.matmul, first, second)]


@value_of(*_REDUCTIONS, "ReduceMean")
def reduce_value(site: Site) -> Sequence[Array]:
    """The reduction along the axes, in the type of the input."""
    value = site.value(0)
    if value is None:
        raise UnknownShapeError("its input has no known value")
    axes = site.ints(1, "axes") or ()
    if not axes and site.attributes.get("noop_with_empty_axes", 0):
        return [value]
    along = tuple(sorted(axes_of(axes, value.ndim))) if axes else tuple(range(value.ndim))
    count = prod(value.shape[axis] for axis in along)
    if not count and site.op_type not in ("ReduceSum", "ReduceProd"):
        raise UnknownShapeError("it reduces over nothing")
    keep = bool(site.attributes.get("keepdims", 1))
    function = _REDUCTIONS.get(site.op_type, np.sum)
    result = _quiet(lambda x: function(x, axis=along, keepdims=keep), value).astype(value.dtype)
    if site.op_type == "ReduceMean":
        result = _quiet(_divided, result, np.asarray(count, value.dtype))
    return [result]


@value_of("ArgMax", "ArgMin")
def arg_reduce_value(site: Site) -> Sequence[Array]:
    """The place of the extreme element along an axis."""
    (value,) = _inputs(site)
    axis = axis_of(int(site.attributes.get("axis", 0)), value.ndim)
    size = value.shape[axis]
    if not size:
        raise UnknownShapeError("it reduces over nothing")
    function = np.argmax if site.op_type == "ArgMax" else np.argmin
    last = site.attributes.get("select_last_index", 0)
    place = function(np.flip(value, axis) if last else value, axis=axis)
    place = np.asarray(size - 1 - place if last else place, np.int64)
    return [np.expand_dims(place, axis) if site.attributes.get("keepdims", 1) else place]


@value_of("CumSum")
def cumsum_value(site: Site) -> Sequence[Array]:
    """The running sum along an axis."""
    value, axes = _inputs(site)
    axis = axis_of(int(axes.reshape(-1)[0]), value.ndim)
    backwards = bool(site.attributes.get("reverse", 0))
    ordered = np.flip(value, axis) if backwards else value
    sums = _quiet(lambda x: np.cumsum(x, axis=axis, dtype=value.dtype), ordered)
    if site.attributes.get("exclusive", 0):
        sums = sums - ordered
    return [np.flip(sums, axis) if backwards else sums]
