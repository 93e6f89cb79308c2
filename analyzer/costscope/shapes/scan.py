"""Scan and SequenceMap: a body for each slice of a tensor, or each member of a sequence."""

from __future__ import annotations

from costscope.errors import ShapeError
from costscope.graph.dims import axis_of
from costscope.graph.types import Branch, Shape, Tensor, TensorType
from costscope.ops import UnknownShapeError
from costscope.shapes.call import Call, Result, dims_of, type_of


def scan(call: Call) -> Result:
    """Scan: a body for each slice of its scanned inputs; their lengths must agree.

    In opset 8 the sequence lengths come first, and the first axis of everything is a batch
    whose examples run one after the other.
    """
    count = int(call.plain.get("num_scan_inputs", 0))
    batched = call.walk.version("") < 9  # noqa: PLR2004 - the version that dropped the batch
    given = [_there(tensor) for tensor in call.inputs[int(batched) :]]
    if not 0 < count <= len(given):
        raise ShapeError(f"num_scan_inputs is {count}, with {len(given)} inputs")
    batch: Shape = dims_of(given[0])[:1] if batched else ()
    states: list[Tensor | None] = list(given[:-count])
    if batched:
        states = [_part(call, state, 0) for state in given[:-count]]
    axes = call.plain.get("scan_input_axes", (0,) * count)
    slices: list[Tensor | None] = []
    lengths = set()
    for tensor, axis in zip(given[-count:], axes, strict=True):
        example = _part(call, tensor, 0) if batched else tensor
        place = axis_of(int(axis), len(dims_of(example)))
        lengths.add(dims_of(example)[place])
        slices.append(_part(call, example, place))
    if len(lengths) > 1:
        raise ShapeError(f"its scanned inputs have different lengths: {sorted(lengths)}")
    length = lengths.pop()
    body, _ = call.body("body", [*states, *slices])
    types = [_typed(out, (*batch, *dims_of(out))) for out in body.outputs[: len(states)]]
    stacked = body.outputs[len(states) :]
    out_axes = call.plain.get("scan_output_axes", (0,) * len(stacked))
    for tensor, axis in zip(stacked, out_axes, strict=True):
        sizes = list(dims_of(tensor))
        sizes.insert(axis_of(int(axis), len(sizes) + 1), length)
        types.append(_typed(tensor, (*batch, *sizes)))
    return (Branch("body", body, length * (batch[0] if batched else 1)),), types


def _there(tensor: Tensor | None) -> Tensor:
    if tensor is None:
        raise ShapeError("one of its inputs is left out")
    return tensor


def _part(call: Call, tensor: Tensor, axis: int) -> Tensor:
    """One slice of a tensor along an axis."""
    shape = dims_of(tensor)
    if not shape:
        raise ShapeError(f"{tensor.name!r} is a single number and cannot be scanned")
    name = call.walk.tensor_names.take(f"{call.name}/{tensor.name}", given=False)
    return Tensor(name, (*shape[:axis], *shape[axis + 1 :]), tensor.dtype)


def sequence_map(call: Call) -> Result:
    """SequenceMap: a body for each member of a sequence."""
    first = call.input(0)
    if first is None or first.items is None:
        raise UnknownShapeError("the number of members of its sequence is unknown")
    trips = len(first.items)
    if not trips:
        raise UnknownShapeError("its sequence is empty")
    actual: list[Tensor | None] = []
    for slot, tensor in enumerate(call.inputs):
        if tensor is None or tensor.items is None:
            actual.append(tensor)
            continue
        if len(tensor.items) != trips:
            raise ShapeError(f"its sequences have {trips} and {len(tensor.items)} members")
        kind = tensor.items[0]
        if any(item != kind for item in tensor.items):
            call.walk.assume(f"{call.name!r}: every member is costed as the first")
        name = call.walk.tensor_names.take(f"{call.name}/member{slot}", given=False)
        actual.append(Tensor(name, kind.shape, kind.dtype, items=kind.items))
    body, _ = call.body("body", actual, moving=False)
    types = [
        TensorType(None, tensor.dtype, items=(type_of(tensor),) * trips) for tensor in body.outputs
    ]
    return (Branch("body", body, trips),), types


def _typed(tensor: Tensor, shape: Shape) -> TensorType:
    return TensorType(shape, tensor.dtype)
