"""Einsum: products and sums along named indices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from costscope.errors import ShapeError
from costscope.graph.types import Node, Shape, TensorType
from costscope.ops import Site, op, shape_of
from costscope.work import KernelKind, Work


@dataclass(frozen=True, slots=True)
class _Equation:
    """An equation with its operands' shapes: every axis has an index, every index a size.

    The axes of an ellipsis are the indices 0, 1, 2, ..., counted from the last one.
    """

    terms: tuple[tuple[str | int, ...], ...]
    result: tuple[str | int, ...]
    sizes: dict[str | int, int]

    def volume(self, indices: set[str | int]) -> int:
        """Number of combinations of these indices."""
        return prod(self.sizes[index] for index in indices)


def _read(text: str, shapes: Sequence[Shape]) -> _Equation:
    """An equation understood with its operands' shapes.

    Raises:
        ShapeError: it does not fit its operands.
    """
    left, arrow, right = text.replace(" ", "").partition("->")
    words = left.split(",")
    if len(words) != len(shapes):
        raise ShapeError(f"equation {text!r} has {len(words)} terms for {len(shapes)} operands")
    terms = tuple(_term(word, len(shape), text) for word, shape in zip(words, shapes, strict=True))
    sizes: dict[str | int, int] = {}
    for term, shape in zip(terms, shapes, strict=True):
        for index, size in zip(term, shape, strict=True):
            known = sizes.setdefault(index, size)
            if known == 1:
                sizes[index] = size
            elif size not in (1, known):
                raise ShapeError(f"equation {text!r}: index {index!r} is {known} and {size}")
    dots = tuple(sorted((i for i in sizes if isinstance(i, int)), reverse=True))
    if arrow:
        result = _indices(right, dots)
        absent = [index for index in result if index not in sizes]
        if absent or len(set(result)) != len(result):
            raise ShapeError(f"equation {text!r}: its output repeats or invents an index")
    else:
        letters = Counter(letter for word in words for letter in word if letter != ".")
        result = (*dots, *sorted(letter for letter, count in letters.items() if count == 1))
    return _Equation(terms, result, sizes)


def _term(word: str, rank: int, text: str) -> tuple[str | int, ...]:
    """The index of each axis of one operand."""
    letters = len(word.replace("...", "", 1))
    hidden = rank - letters if "..." in word else 0
    term = _indices(word, tuple(range(hidden - 1, -1, -1)))
    if len(term) != rank or hidden < 0:
        raise ShapeError(f"equation {text!r}: {word!r} does not fit an operand of rank {rank}")
    return term


def _indices(word: str, dots: tuple[int, ...]) -> tuple[str | int, ...]:
    before, ellipsis, after = word.partition("...")
    return (*before, *(dots if ellipsis else ()), *after)


def _equation(node: Node) -> _Equation:
    shapes = [node.shape(slot) for slot in range(len(node.inputs))]
    return _read(str(node.attributes["equation"]), shapes)


def _kind(node: Node) -> KernelKind:
    """By what it is: a sum, a product with a constant matrix, or a batched product."""
    if len(node.inputs) == 1:
        work = einsum(node)
        return KernelKind.REDUCTION if work.vector_ops else KernelKind.MOVEMENT
    if not einsum(node).macs:
        return KernelKind.ELEMENTWISE
    weights = any(t is not None and t.constant and t.rank <= 2 for t in node.inputs)
    return KernelKind.FULLY_CONNECTED if weights else KernelKind.BATCHED_MATMUL


@op("Einsum", kind=_kind)
def einsum(node: Node) -> Work:
    """Products summed along indices, two operands at a time from left to right.

    Two operands: macs = product of the sizes of all their indices. With more, the result
    of the first two keeps the indices that are still needed and meets the third. Where
    nothing is summed these are plain multiplications (vector_ops). One operand: one
    addition per element if something is summed, else nothing but movement.
    """
    equation = _equation(node)
    first, *others = equation.terms
    held = set(first)
    if not others:
        summed = held - set(equation.result)
        return Work(vector_ops=equation.volume(held) if summed else 0)
    macs = vector = 0
    for place, term in enumerate(others, start=2):
        together = held | set(term)
        needed = set(equation.result).union(*equation.terms[place:])
        volume = equation.volume(together)
        if together <= needed:
            vector += volume
        else:
            macs += volume
        held = together & needed
    return Work(macs, vector)


@shape_of("Einsum")
def einsum_shape(site: Site) -> Sequence[TensorType]:
    """The sizes of the output's indices."""
    shapes = [site.shape(slot) for slot in range(len(site.inputs))]
    equation = _read(str(site.attributes.get("equation", "")), shapes)
    return [TensorType(tuple(equation.sizes[i] for i in equation.result), site.input(0).dtype)]
