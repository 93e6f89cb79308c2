"""Networks written down layer by layer: `models/ncnn_layers.csv` and tables of that form.

Columns `model`, `layer`, `type`, `in_shapes`, `out_shapes`, `kernel`, `stride`, `groups`,
`macs`, `params`; shapes as `CxHxW`, several with `;` between. Types are ncnn's.
"""

from __future__ import annotations

import csv
import difflib
import re
from collections.abc import Iterator, Mapping
from math import prod
from pathlib import Path
from typing import Any

from costscope.errors import ModelError
from costscope.timing.rates.layer import Layer, Network
from costscope.units import quoted
from costscope.work import KernelKind

_K = KernelKind
_NEEDED = ("model", "layer", "type", "in_shapes", "out_shapes", "macs", "params")
_MAP_RANK = 3  # channels, rows, columns
_SIDES = 2  # of a window
_ITEMSIZE = 4  # bytes: tables are of float32
_SLACK = 0.1  # of the MACs: a bias more or less
_MOST_BYTES = 64 << 20
_MOST_DIGITS = 15
_FREE = frozenset(
    {"Split", "Input", "Flatten", "Reshape", "MemoryData", "Noop", "Dropout", "Squeeze"}
)
_CONVOLUTIONS = ("Convolution", "Deconvolution")
# ncnn's type: kind, and the operation as kernels of ONNX files call it.
_TYPES: Mapping[str, tuple[KernelKind, str]] = {
    "InnerProduct": (_K.FULLY_CONNECTED, "gemm"),
    "Gemm": (_K.BATCHED_MATMUL, "mat_mul"),
    "MatMul": (_K.BATCHED_MATMUL, "mat_mul"),
    "MultiHeadAttention": (_K.ATTENTION, "multi_head_attention"),
    "SDPA": (_K.ATTENTION, "sdpa"),
    "BinaryOp": (_K.ELEMENTWISE, "add"),
    "Eltwise": (_K.ELEMENTWISE, "add"),
    "ReLU": (_K.ELEMENTWISE, "relu"),
    "Clip": (_K.ELEMENTWISE, "clip"),
    "Swish": (_K.ELEMENTWISE, "swish"),
    "Sigmoid": (_K.ELEMENTWISE, "sigmoid"),
    "Mish": (_K.ELEMENTWISE, "mish"),
    "TanH": (_K.ELEMENTWISE, "tanh"),
    "GELU": (_K.ELEMENTWISE, "gelu"),
    "HardSwish": (_K.ELEMENTWISE, "hard_swish"),
    "HardSigmoid": (_K.ELEMENTWISE, "hard_sigmoid"),
    "Scale": (_K.ELEMENTWISE, "mul"),
    "BatchNorm": (_K.NORMALIZATION, "batch_normalization"),
    "LayerNorm": (_K.NORMALIZATION, "layer_normalization"),
    "GroupNorm": (_K.NORMALIZATION, "group_normalization"),
    "LRN": (_K.NORMALIZATION, "lrn"),
    "Normalize": (_K.NORMALIZATION, "lp_normalization"),
    "Softmax": (_K.SOFTMAX, "softmax"),
    "Reduction": (_K.REDUCTION, "reduce_mean"),
    "Pooling": (_K.POOLING, "pool"),
    "Interp": (_K.RESIZE, "resize"),
    "ShuffleChannel": (_K.MOVEMENT, "shuffle_channel"),
}


def read(path: Path) -> dict[str, Network]:
    """The networks of a table, by name.

    Raises:
        ModelError: not a table of this form; the message names the line.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ModelError(f"{path}: too large for a table of layers")
        with path.open(encoding="utf-8-sig", newline="") as file:
            return _networks(csv.DictReader(file), str(path))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ModelError(f"cannot read the table of layers {str(path)!r}: {reason}") from None


def _networks(rows: csv.DictReader[str], origin: str) -> dict[str, Network]:
    missing = [name for name in _NEEDED if name not in (rows.fieldnames or ())]
    if missing:
        raise ModelError(
            f"{origin}: a table of layers has the columns {', '.join(_NEEDED)}; "
            f"{', '.join(missing)} is missing"
        )
    layers: dict[str, list[Layer]] = {}
    for row in rows:
        try:
            layer = _layer({key: text for key, text in row.items() if isinstance(text, str)})
            name = _name(row["model"])
        except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
            why = f"no {error.args[0]}" if isinstance(error, KeyError) else str(error)
            raise ModelError(f"{origin}, line {rows.line_num}: {why}") from None
        layers.setdefault(name, []).append(layer)
    if not layers:
        raise ModelError(f"{origin}: the table has no layers")
    return {name: _network(name, found) for name, found in layers.items()}


def _network(name: str, layers: list[Layer]) -> Network:
    return Network(
        name=name,
        layers=tuple(layers),
        input_elements=layers[0].read_elements,
        output_elements=layers[-1].write_elements,
        weight_bytes=_ITEMSIZE * sum(layer.weight_elements for layer in layers),
    )


def _layer(row: Mapping[str, str]) -> Layer:
    ins, outs = (list(_shapes(row[key], key)) for key in ("in_shapes", "out_shapes"))
    sizes: dict[str, Any] = {
        "name": row["layer"],
        "read_elements": sum(map(prod, ins)),
        "write_elements": sum(map(prod, outs)),
        "macs": _whole(row["macs"], "macs"),
        "weight_elements": _whole(row["params"], "params"),
    }
    kind = row["type"].strip()
    if kind in _FREE:
        return Layer(kind=_K.VIEW, operation="view", **sizes | {"macs": 0})
    if kind.startswith(_CONVOLUTIONS):
        return _convolution(row, _first(ins, row), _first(outs, row), sizes)
    found, operation = _TYPES.get(kind) or (_K.MOVEMENT, _snake(kind))
    if found is _K.MOVEMENT and sizes["macs"]:
        raise ValueError(f"unknown type {quoted(kind)} with MACs{_meant(kind)}")
    if found is _K.FULLY_CONNECTED:
        _check_macs(sizes, prod(_first(ins, row)) * _first(outs, row)[-1])
    if found in (_K.FULLY_CONNECTED, _K.BATCHED_MATMUL):
        sizes |= _product(_first(outs, row), sizes["macs"])
    if found is _K.POOLING:
        data, out = _first(ins, row), _first(outs, row)
        sizes |= {"kernel": _pair(row, "kernel"), "stride": _pair(row, "stride")}
        sizes |= {"channels": data[0], "filters": out[0], "map": out[1:]}
    return Layer(kind=found, operation=operation, **sizes)


def _convolution(
    row: Mapping[str, str], data: tuple[int, ...], out: tuple[int, ...], sizes: dict[str, Any]
) -> Layer:
    if len(data) != _MAP_RANK or len(out) != _MAP_RANK:
        raise ValueError("a convolution needs shapes CxHxW")
    groups, kernel = _whole(row.get("groups", ""), "groups") or 1, _pair(row, "kernel")
    if data[0] % groups or out[0] % groups:
        raise ValueError(f"{data[0]} and {out[0]} channels in {groups} groups")
    if not kernel:
        raise ValueError("a convolution needs its kernel, as in 3x3")
    upwards = row["type"].startswith("Deconv")
    _check_macs(
        sizes, prod((data if upwards else out)[1:]) * out[0] * data[0] // groups * prod(kernel)
    )
    return Layer(
        kind=_conv_kind(data[0], out[0], groups, prod(kernel), upwards=upwards),
        operation="conv_transpose" if upwards else "conv",
        channels=data[0],
        filters=out[0],
        groups=groups,
        kernel=kernel,
        stride=_pair(row, "stride") or (1, 1),
        map=out[1:],
        **sizes,
    )


def _check_macs(sizes: dict[str, Any], expected: int) -> None:
    """Put in the MACs that the shapes say where the table does not, refuse others.

    Raises:
        ValueError: more than a tenth off: operations, or shapes of another layer.
    """
    told = sizes["macs"] or expected
    if abs(told - expected) > _SLACK * expected:
        raise ValueError(
            f"macs {told}, but the shapes say {expected} multiply-accumulates (not operations)"
        )
    sizes["macs"] = told


def _conv_kind(channels: int, filters: int, groups: int, area: int, *, upwards: bool) -> KernelKind:
    if groups > 1 and groups == channels == filters:
        return _K.DEPTHWISE_CONV
    if upwards:
        return _K.TRANSPOSED_CONV
    if groups > 1:
        return _K.GROUPED_CONV
    return _K.POINTWISE_CONV if area == 1 else _K.DENSE_CONV


def _product(out: tuple[int, ...], macs: int) -> dict[str, Any]:
    """Rows times what is summed over times columns; shapes are innermost last."""
    results, filters = prod(out), out[-1]
    return {"filters": filters, "channels": macs // results, "map": (results // filters,)}


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not name or not name.isprintable():
        raise ValueError(f"model {quoted(text)}: expected a plain name")
    return name


def _first(shapes: list[tuple[int, ...]], row: Mapping[str, str]) -> tuple[int, ...]:
    if not shapes:
        raise ValueError(f"{quoted(row['type'])} needs in_shapes and out_shapes")
    return shapes[0]


def _shapes(text: str, column: str) -> Iterator[tuple[int, ...]]:
    for shape in filter(None, text.split(";")):
        sizes = tuple(_whole(size, column) for size in shape.split("x"))
        if not prod(sizes):
            raise ValueError(f"{column} {quoted(shape)}: a size is zero")
        yield sizes


def _pair(row: Mapping[str, str], column: str) -> tuple[int, ...]:
    text = row.get(column, "").strip()
    found = tuple(_whole(size, column) for size in text.split("x")) if text else ()
    if found and (len(found) != _SIDES or not prod(found)):
        raise ValueError(f"{column} {quoted(text)}: expected sizes like 3x3")
    return found


def _whole(text: str, column: str) -> int:
    """A whole number from zero; zero where the cell is empty."""
    digits = text.strip()
    if not digits:
        return 0
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= _MOST_DIGITS):
        raise ValueError(f"{column} {quoted(text)}: expected a whole number")
    return int(digits)


def _meant(kind: str) -> str:
    known = [*_TYPES, "Convolution", "ConvolutionDepthWise", "Deconvolution"]
    nearest = difflib.get_close_matches(kind, known, n=1, cutoff=0.4)
    return f"; did you mean {nearest[0]}?" if nearest else "; types are those of ncnn"


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
