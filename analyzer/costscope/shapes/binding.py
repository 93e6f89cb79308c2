"""What the user says of the inputs: sizes for symbols, whole shapes, trip counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from costscope.dtypes import OPAQUE, DType, from_onnx
from costscope.errors import ModelError, ShapeError, UsageError
from costscope.graph.types import Shape, Tensor, TensorType

# A leading dimension of such a name is a length, not a batch: never silently taken as 1.
_LENGTH_WORDS = ("seq", "len", "time", "frame", "token", "past", "height", "width", "num", "point")


@dataclass(frozen=True, slots=True)
class Bindings:
    """Sizes that the file leaves open.

    Attributes:
        dims: size by symbol (`--dim N=4`).
        shapes: whole shape by input (`--input-shape x=1x3x224x224`).
        trip_count: iterations of loops whose count the file does not say.
    """

    dims: Mapping[str, int] = field(default_factory=dict)
    shapes: Mapping[str, Shape] = field(default_factory=dict)
    trip_count: int | None = None

    def __post_init__(self) -> None:
        for symbol, size in self.dims.items():
            if size < 1:
                raise UsageError(f"--dim {symbol}={size}: a size is at least 1")
        for name, shape in self.shapes.items():
            if any(size < 1 for size in shape):
                raise UsageError(f"--input-shape {name}: every size is at least 1, not {shape}")
        if self.trip_count is not None and self.trip_count < 0:
            raise UsageError(f"--trip-count {self.trip_count}: a count is not negative")


def bind_inputs(
    inputs: list[Any], bindings: Bindings, assume: Callable[[str], None]
) -> list[Tensor]:
    """The graph's inputs with every dimension bound.

    Raises:
        ShapeError: a dimension is open, zero or negative.
        UsageError: a binding names an input or a symbol that the graph does not have.
    """
    names = [value.name for value in inputs]
    for name in bindings.shapes:
        if name not in names:
            raise UsageError(f"--input-shape {name}: no such input; inputs are {', '.join(names)}")
    symbols = {dim.dim_param for value in inputs for dim in _declared(value).shape.dim} - {""}
    for symbol in bindings.dims:
        if symbol not in symbols:
            known = ", ".join(sorted(symbols)) or "none"
            raise UsageError(f"--dim {symbol}: no such symbol; the open dimensions are: {known}")
    binder = _Binder(dict(bindings.dims), assume)
    for value in inputs:  # given shapes first: their symbols stand in other inputs too
        if value.name in bindings.shapes:
            binder.learn(value.name, bindings.shapes[value.name], _declared(value))
    return [binder.bind(value, bindings.shapes.get(value.name)) for value in inputs]


def _declared(value: Any) -> Any:
    """The tensor type that the file gives an input; an empty one for a sequence."""
    kind = value.type
    if kind.WhichOneof("value") == "optional_type":
        kind = kind.optional_type.elem_type
    return kind.tensor_type


class _Binder:
    def __init__(self, sizes: dict[str, int], assume: Callable[[str], None]) -> None:
        self.sizes = sizes
        self.assume = assume

    def bind(self, value: Any, given: Shape | None) -> Tensor:
        """One input as a tensor.

        An optional input is taken as given. How many members a sequence has, no file says.
        """
        kind = value.type.WhichOneof("value")
        if kind is None:
            raise ModelError(f"input {value.name!r} has no type")
        if kind == "tensor_type":
            shape, dtype = self._tensor(value.name, value.type.tensor_type, given)
            return Tensor(value.name, shape, dtype)
        optional = value.type.optional_type.elem_type
        if kind == "optional_type" and optional.WhichOneof("value") == "tensor_type":
            self.assume(f"the optional input {value.name!r} is taken as given")
            item = TensorType(*self._tensor(value.name, optional.tensor_type, given))
            return Tensor(value.name, None, OPAQUE, items=(item,))
        if given is not None:
            raise UsageError(f"--input-shape {value.name}: this input is no tensor")
        member = value.type.sequence_type.elem_type.tensor_type
        return Tensor(value.name, None, from_onnx(member.elem_type))

    def _tensor(self, name: str, tensor: Any, given: Shape | None) -> tuple[Shape, DType]:
        """Shape and element type of a tensor that the caller gives."""
        dtype = from_onnx(tensor.elem_type)
        if given is not None:
            return given, dtype
        if not tensor.HasField("shape"):
            raise ShapeError(f"input {name!r} has no shape; bind it with --input-shape {name}=...")
        dims = [self._dim(name, axis, dim) for axis, dim in enumerate(tensor.shape.dim)]
        return tuple(dims), dtype

    def learn(self, name: str, given: Shape, tensor: Any) -> None:
        """Take the sizes of a declared input's symbols from the shape it is given.

        Raises:
            UsageError: another rank, or a symbol with two sizes.
        """
        if not tensor.HasField("shape"):
            return
        declared = tensor.shape.dim
        if len(declared) != len(given):
            raise UsageError(
                f"--input-shape {name}: {len(given)} sizes for an input of rank {len(declared)}"
            )
        for size, dim in zip(given, declared, strict=True):
            if dim.dim_param:
                if self.sizes.setdefault(dim.dim_param, size) != size:
                    raise UsageError(
                        f"--input-shape {name}: {dim.dim_param} is {size} here and "
                        f"{self.sizes[dim.dim_param]} elsewhere"
                    )
            elif dim.HasField("dim_value") and dim.dim_value != size:
                self.assume(
                    f"input {name!r} is resized from what the file says: {size} for {dim.dim_value}"
                )

    def _dim(self, name: str, axis: int, dim: Any) -> int:
        if dim.HasField("dim_value"):
            size = int(dim.dim_value)
            if size < 1:
                raise ShapeError(
                    f"input {name!r}: dimension {axis} is {size}; bind the shape with "
                    f"--input-shape {name}=..."
                )
            return size
        symbol = str(dim.dim_param)
        if symbol in self.sizes:
            return self.sizes[symbol]
        if axis == 0 and not any(word in symbol.lower() for word in _LENGTH_WORDS):
            return self._batch(name, symbol)
        if symbol:
            raise ShapeError(
                f"dimension {symbol!r} of input {name!r} is open; bind it with --dim {symbol}=SIZE"
            )
        raise ShapeError(
            f"dimension {axis} of input {name!r} is open and has no name; "
            f"bind the shape with --input-shape {name}=..."
        )

    def _batch(self, name: str, symbol: str) -> int:
        what = f"batch dimension {symbol!r}" if symbol else f"leading dimension of {name!r}"
        how = f"--dim {symbol}=SIZE" if symbol else f"--input-shape {name}=..."
        self.assume(f"the {what} is taken as 1 (bind it with {how})")
        if symbol:
            self.sizes[symbol] = 1
        return 1


def declared_type(value: Any) -> TensorType | None:
    """The type that the file itself declares of a tensor, if it is complete."""
    if value.type.WhichOneof("value") != "tensor_type":
        return None
    tensor = value.type.tensor_type
    if not tensor.HasField("shape"):
        return None
    dims = tensor.shape.dim
    if not all(dim.HasField("dim_value") and dim.dim_value >= 0 for dim in dims):
        return None
    return TensorType(tuple(int(dim.dim_value) for dim in dims), from_onnx(tensor.elem_type))
