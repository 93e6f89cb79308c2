"""Layer normalization written out, and the sum in front of one.

    d = x - mean(x);  d / sqrt(mean(d^2) + e) * scale + shift
    x / sqrt(mean(x^2) + e) * scale                              (without the mean: RMS)

Source:
    onnxruntime: core/optimizer, layer_norm_fusion (both forms, the square a Pow),
    skip_layer_norm_fusion. ncnn: tools/pnnx, fuse_layernorm.
"""

from __future__ import annotations

from costscope.graph.types import Tensor
from costscope.kernels.cell import Cell
from costscope.kernels.draft import Draft
from costscope.kernels.patterns import drawn, pattern
from costscope.kernels.picture import Const, Match, Scalar, Var, draw
from costscope.work import KernelKind

_x, _scale, _shift = Var("x"), Const("scale"), Const("shift")
_SEQUENCE_RANK, _OPSET = 3, 17

_deviation = draw("Sub", _x, draw("ReduceMean", _x, name="mean"))
_by_power, _by_product = (
    draw("Mul", draw("Div", _deviation, draw("Sqrt", draw("Add", draw("ReduceMean", square),
                                                          Scalar()))), _scale)
    for square in (draw("Pow", _deviation, Scalar(2.0)), draw("Mul", _deviation, _deviation))
)  # fmt: skip
_root = draw("Sqrt", draw("Add", draw("ReduceMean", draw("Pow", _x, Scalar(2.0)), name="mean"),
                          Scalar()))  # fmt: skip
_RMS = (
    draw("Mul", draw("Div", _x, _root), _scale),
    draw("Mul", draw("Mul", _x, draw("Reciprocal", _root)), _scale),
    draw("Mul", draw("Mul", _x, draw("Div", Scalar(1.0), _root)), _scale),
)


def _is_standard(match: Match, draft: Draft) -> bool:
    """The same, where the standard has an operator for it."""
    return _over_last_axes(match, draft) and match.cell("mean").version >= _OPSET


def _over_last_axes(match: Match, _draft: Draft) -> bool:
    """Whether the mean runs over the last axes, and is kept as axes of size 1."""
    source, mean = match.tensors["x"], match.cell("mean").output
    if source.shape is None or mean.shape is None or source.rank != mean.rank:
        return False
    changed = [axis for axis in range(source.rank) if source.dims[axis] != mean.dims[axis]]
    return changed == list(range(source.rank - len(changed), source.rank))


for _name, _scaled, _fits in (
    ("layer_norm", _by_power, _over_last_axes),
    ("standard_layer_norm", _by_power, _is_standard),
    ("layer_norm_by_product", _by_product, _over_last_axes),
):
    drawn(
        _name,
        draw("Add", _scaled, _shift),
        becomes="LayerNormalization",
        operands=[_x, _scale, _shift],
        kind=KernelKind.NORMALIZATION,
        fits=_fits,
        attributes=lambda _match: {},
    )
drawn(
    "rms_norm",
    *_RMS,
    becomes="SimplifiedLayerNormalization",
    operands=[_x, _scale],
    kind=KernelKind.NORMALIZATION,
    fits=_over_last_axes,
    attributes=lambda _match: {},
)


@pattern("skip_layer_norm", "LayerNormalization")
def skip_layer_norm(cell: Cell, draft: Draft) -> None:
    """Merge the sum of two sequences into the normalization that is its only reader.

    A constant row added to one of the two comes along.
    """
    adder = draft.maker(cell.input(0), "Add")
    if adder is None or draft.follower(adder) is not cell or len(cell.outputs) != 1:
        return
    first, second = adder.inputs
    if first is None or second is None or not _are_sequences(first, second):
        return
    members = [adder, cell]
    biased = next((b for b in map(draft.maker, adder.inputs) if _is_biased(b, adder, draft)), None)
    operands = [first, second, *cell.inputs[1:3]]
    if biased is not None:
        members.append(biased)
        operands = [t for t in operands if t is None or t.name != biased.output.name]
    draft.merge(
        members,
        "SkipLayerNormalization",
        operands,
        outputs=cell.outputs,
        attributes=cell.attributes,
    )


def _are_sequences(first: Tensor, second: Tensor) -> bool:
    """Whether two summands are (batch, position, feature) and equal in size."""
    return first.shape == second.shape and first.shape is not None and first.rank == _SEQUENCE_RANK


def _is_biased(cell: Cell | None, adder: Cell, draft: Draft) -> bool:
    if cell is None or cell.op != "Add" or draft.follower(cell) is not adder:
        return False
    row = cell.input(1)
    return row is not None and row.constant and row.shape == (cell.output.shape or ())[-1:]
