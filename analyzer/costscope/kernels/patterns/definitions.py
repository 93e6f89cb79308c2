"""Operators that TensorFlow Lite has no kernel for, by the kernels that do their work.

    BatchNormalization that could not be folded     Mul, Add
    LayerNormalization                              Mean, Sub, Mul, Mean, Add, Sqrt, Div,
                                                    then Mul and Add if scale and bias are given

Source:
    TensorFlow: compiler/mlir/lite/schema (the list of builtin operators has neither).
"""

from __future__ import annotations

from math import prod

from costscope.graph.types import Shape, Tensor
from costscope.kernels.cell import Cell
from costscope.kernels.draft import Draft
from costscope.kernels.patterns import pattern


@pattern("batchnorm_parts", "BatchNormalization")
def batchnorm_parts(cell: Cell, draft: Draft) -> None:
    """A factor and a summand for each channel."""
    source, scale, shift = cell.input(0), cell.input(1), cell.input(2)
    if source is None or scale is None or shift is None or len(cell.outputs) != 1:
        return
    scaled = draft.fresh(cell.output, cell.output.shape)
    draft.remove(cell)
    draft.insert("Mul", (source, _per_channel(scale, source)), (scaled,), like=cell, before=cell)
    draft.insert("Add", (scaled, _per_channel(shift, source)), (cell.output,), like=cell)


def _per_channel(tensor: Tensor, source: Tensor) -> Tensor:
    """One value a channel, shaped to be broadcast over a (batch, channel, ...) tensor."""
    shape = (prod(tensor.shape or (1,)), *(1,) * (source.rank - 2 if source.shape else 0))
    return Tensor(
        f"{tensor.name}/channels", shape, tensor.dtype, constant=True, sources=tensor.sources
    )


@pattern("layer_norm_parts", "LayerNormalization")
def layer_norm_parts(cell: Cell, draft: Draft) -> None:
    """Mean, deviation, variance, division, scale and shift."""
    source, scale, shift = cell.input(0), cell.input(1), cell.input(2)
    if source is None or source.shape is None or len(cell.outputs) != 1:
        return
    axis = int(cell.attributes.get("axis", -1)) % max(1, source.rank)
    narrow: Shape = (*source.dims[:axis], *(1,) * (source.rank - axis))
    parts = _Parts(cell, draft, narrow)
    draft.remove(cell)
    mean = parts.add("ReduceMean", source, shape=narrow)
    deviation = parts.add("Sub", source, mean)
    square = parts.add("Mul", deviation, deviation)
    variance = parts.add("ReduceMean", square, shape=narrow)
    epsilon = Tensor(f"{cell.output.name}/epsilon", (), source.dtype, constant=True)
    root = parts.add("Sqrt", parts.add("Add", variance, epsilon, shape=narrow), shape=narrow)
    steps: list[tuple[str, Tensor]] = [("Div", root)]
    steps += [(op, each) for op, each in (("Mul", scale), ("Add", shift)) if each is not None]
    value = deviation
    for op, operand in steps[:-1]:
        value = parts.add(op, value, operand)
    draft.insert(steps[-1][0], (value, steps[-1][1]), (cell.output,), like=cell)


class _Parts:
    """Operators put in the place of one."""

    def __init__(self, cell: Cell, draft: Draft, narrow: Shape) -> None:
        self.cell, self.draft, self.narrow = cell, draft, narrow

    def add(self, op: str, *inputs: Tensor | None, shape: Shape | None = None) -> Tensor:
        """Add an operator; what it gives."""
        result = self.draft.fresh(self.cell.output, shape or self.cell.output.shape)
        self.draft.insert(op, inputs, (result,), like=self.cell, before=self.cell)
        return result
