"""Pictures of subgraphs: what a pattern looks for, drawn as an expression.

    x = Var("x")
    GELU = Op("Mul", Op("Mul", x, Op("Add", Op("Erf", Op("Div", x, Scalar(2**0.5))), Scalar(1))),
              Scalar(0.5))

An `Op` that is drawn once and used twice must be one and the same cell. Operands of
commutative operators match in either order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import permutations
from math import isclose

from costscope.graph.types import Tensor
from costscope.kernels.cell import Cell
from costscope.kernels.draft import Draft

COMMUTATIVE = frozenset({"Add", "Mul", "Max", "Min", "Sum", "And", "Or", "Equal"})
# Constants are written in files with the digits of a float16 or more.
_RELATIVE_ERROR = 1e-3


@dataclass(frozen=True, slots=True)
class Var:
    """Any tensor; the same one wherever the name stands."""

    name: str


@dataclass(frozen=True, slots=True)
class Const:
    """Any constant; the same one wherever the name stands."""

    name: str


@dataclass(frozen=True, slots=True)
class Scalar:
    """A constant of one element, with this value if one is given.

    A constant whose value the file keeps elsewhere is taken to fit.
    """

    value: float | None = None


@dataclass(frozen=True, slots=True)
class Missing:
    """An operand that is left out."""


@dataclass(frozen=True, slots=True, eq=False)
class Op:
    """The result of an operator on operands that match in turn.

    Attributes:
        ops: operator types, one of which it is.
        operands: pictures of its first operands; further ones may be anything constant.
        name: to find the cell by.
        shared: whether others may read its result as well, or it may leave the graph.
    """

    ops: tuple[str, ...]
    operands: tuple[Picture, ...]
    name: str = ""
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Out:
    """A further result of an operator that is drawn elsewhere too."""

    op: Op
    slot: int


Picture = Var | Const | Scalar | Missing | Op | Out


def draw(ops: str | Sequence[str], *operands: Picture, name: str = "", shared: bool = False) -> Op:
    """The picture of an operator's result."""
    return Op((ops,) if isinstance(ops, str) else tuple(ops), operands, name, shared=shared)


def operators(picture: Picture) -> Iterator[tuple[str, ...]]:
    """The operators of each `Op` in a picture: without one of each it fits nowhere."""
    if isinstance(picture, Op):
        yield picture.ops
        for operand in picture.operands:
            yield from operators(operand)


@dataclass(slots=True)
class Match:
    """What a picture was found to be.

    Attributes:
        cells: of each `Op`, by identity, in the order found.
        tensors: of each `Var` and `Const`, by name.
    """

    cells: dict[Op, Cell] = field(default_factory=dict)
    tensors: dict[str, Tensor] = field(default_factory=dict)

    def cell(self, name: str) -> Cell:
        """The cell of the `Op` with a name."""
        return next(cell for op, cell in self.cells.items() if op.name == name)

    def copy(self) -> Match:
        """An independent copy, to try an order of operands with."""
        return Match(dict(self.cells), dict(self.tensors))


def find(picture: Op, root: Cell, draft: Draft) -> Match | None:
    """The first way in which a picture fits, with a cell as its last operator.

    Results inside the picture that are not drawn `shared` are read nowhere else.
    """
    for match in _op(picture, root, draft, Match()):
        if _is_closed(match, root, draft):
            return match
    return None


def _is_closed(match: Match, root: Cell, draft: Draft) -> bool:
    inside = set(match.cells.values())
    return all(
        op.shared
        or cell is root
        or not any(
            draft.leaves(t) or any(r not in inside for r in draft.readers(t)) for t in cell.outputs
        )
        for op, cell in match.cells.items()
    )


def _op(op: Op, cell: Cell, draft: Draft, match: Match) -> Iterator[Match]:
    if cell.op not in op.ops or len(cell.inputs) < len(op.operands):
        return
    known = match.cells.get(op)
    if known is not None or cell in match.cells.values():
        if known is cell:
            yield match
        return
    rest = cell.inputs[len(op.operands) :]
    if any(t is not None and not t.constant for t in rest):
        return
    given = cell.inputs[: len(op.operands)]
    turns = permutations(given) if cell.op in COMMUTATIVE else (given,)
    for turn in turns:
        found = match.copy()
        found.cells[op] = cell
        yield from _operands(op.operands, turn, draft, found)


def _operands(
    pictures: Sequence[Picture], given: Sequence[Tensor | None], draft: Draft, match: Match
) -> Iterator[Match]:
    if not pictures:
        yield match
        return
    for found in _operand(pictures[0], given[0], draft, match):
        yield from _operands(pictures[1:], given[1:], draft, found)


def _operand(
    picture: Picture, tensor: Tensor | None, draft: Draft, match: Match
) -> Iterator[Match]:
    if tensor is None:
        if isinstance(picture, Missing):
            yield match
    elif isinstance(picture, Op):
        cell = draft.maker(tensor)
        if cell is not None and tensor.name == cell.output.name:
            yield from _op(picture, cell, draft, match)
    elif isinstance(picture, Out):
        known = match.cells.get(picture.op)
        outputs = () if known is None else known.outputs
        if picture.slot < len(outputs) and outputs[picture.slot].name == tensor.name:
            yield match
    elif isinstance(picture, Scalar):
        if _is_scalar(tensor, picture.value):
            yield match
    elif isinstance(picture, (Var, Const)):
        bound = match.tensors.get(picture.name)
        if isinstance(picture, Const) and not tensor.constant:
            return
        if bound is None:
            found = match.copy()
            found.tensors[picture.name] = tensor
            yield found
        elif bound.name == tensor.name:
            yield match


def _is_scalar(tensor: Tensor, value: float | None) -> bool:
    if not tensor.constant or tensor.elements != 1:
        return False
    if value is None or tensor.value is None:
        return True
    return isclose(tensor.value[0], value, rel_tol=_RELATIVE_ERROR, abs_tol=_RELATIVE_ERROR)
