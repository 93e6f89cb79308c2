"""Numbers in a YAML that follow from settings: `=divisible(32 * width)`.

Only arithmetic over numbers, names of settings, lists and a few functions is understood; the
text is walked, never handed to Python.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from costscope.errors import ArchitectureError

_LONGEST = 300
_LARGEST = 10**9

_BINARY: dict[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_COMPARE: dict[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


def divisible(value: float, divisor: int = 8, least: int | None = None) -> int:
    """The nearest multiple of `divisor`, at most 10 % below `value`.

    Source:
        the MobileNet authors' channel rounding (`_make_divisible` in tensorflow/models).
    """
    rounded = max(least or divisor, int(value + divisor / 2) // divisor * divisor)
    return rounded + divisor if rounded < 0.9 * value else rounded


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "divisible": divisible,
    "ceil": math.ceil,
    "floor": math.floor,
    "int": int,
    "round": round,
    "max": max,
    "min": min,
}


def evaluate(value: Any, settings: Mapping[str, Any]) -> Any:
    """`value` with every text that begins with `=` replaced by what it comes to.

    Raises:
        ArchitectureError: an expression that is not understood, or a setting that is not there.
    """
    if isinstance(value, str) and value.startswith("="):
        return _value(_parsed(value), settings, value)
    if isinstance(value, list):
        return [evaluate(item, settings) for item in value]
    if isinstance(value, dict):
        return {key: evaluate(item, settings) for key, item in value.items()}
    return value


@lru_cache(maxsize=4096)
def _parsed(text: str) -> ast.expr:
    if len(text) > _LONGEST:
        raise ArchitectureError(f"an expression longer than {_LONGEST} characters")
    try:
        return ast.parse(text[1:].strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError):
        raise ArchitectureError(f"{text!r} is not an expression") from None


def _value(node: ast.expr, settings: Mapping[str, Any], text: str) -> Any:
    def of(inner: ast.expr) -> Any:
        return _value(inner, settings, text)

    try:
        found = _plain(node, settings, of)
    except (TypeError, ValueError, ArithmeticError, IndexError, KeyError) as error:
        raise ArchitectureError(f"{text!r}: {error}") from None
    if found is NotImplemented:
        known = ", ".join(sorted({*settings, *_FUNCTIONS}))
        raise ArchitectureError(f"{text!r}: not understood; an expression may use {known}")
    if isinstance(found, (int, float)) and abs(found) > _LARGEST:
        raise ArchitectureError(f"{text!r}: larger than {_LARGEST}")
    return found


def _plain(node: ast.expr, settings: Mapping[str, Any], of: Callable[[ast.expr], Any]) -> Any:
    match node:
        case ast.Constant(value=bool() | int() | float() | str() | None):
            return node.value
        case ast.Name(id=name) if name in settings:
            return settings[name]
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return [of(item) for item in items]
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return -of(inner)
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            return not of(inner)
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in _BINARY:
            return _number(_BINARY[type(sign)], of(left), of(right))
        case ast.Compare(left=left, ops=[sign], comparators=[right]) if type(sign) in _COMPARE:
            return _COMPARE[type(sign)](of(left), of(right))
        case ast.IfExp(test=test, body=body, orelse=other):
            return of(body) if of(test) else of(other)
        case ast.BoolOp(op=ast.And(), values=parts):
            return all(of(part) for part in parts)
        case ast.BoolOp(op=ast.Or(), values=parts):
            return any(of(part) for part in parts)
        case ast.Subscript(value=inner, slice=index):
            return of(inner)[of(index)]
        case ast.Call(func=ast.Name(id=name), args=given, keywords=[]) if name in _FUNCTIONS:
            return _FUNCTIONS[name](*(of(each) for each in given))
    return NotImplemented


def _number(sign: Callable[[Any, Any], Any], left: Any, right: Any) -> Any:
    if not isinstance(left, (int, float)) or not isinstance(right, (int, float)):
        raise TypeError("only numbers can be computed with")
    return sign(left, right)
