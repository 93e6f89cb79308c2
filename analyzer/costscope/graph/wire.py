"""A protobuf message without its large tensor data: weights are skipped, not read.

A model file is a tree of length-delimited fields. Every large bytes field that is tensor
data is left out; everything else is copied as it stands. Only messages larger than a
threshold are opened, so the cost follows the number of nodes, not the size of the weights.

Source: the protobuf encoding, and the field numbers of onnx.proto.
"""

from __future__ import annotations

from costscope.errors import ModelError

# Tensor data at most this large is kept: shape arithmetic needs small constants.
KEEP_BYTES = 64 * 1024

_LENGTH_DELIMITED = 2
_MAX_DEPTH = 100

# message -> field -> message of that field; a dict that is missing is copied whole.
_CHILDREN: dict[str, dict[int, str]] = {
    "Model": {7: "Graph", 25: "Function"},
    "Graph": {1: "Node", 5: "Tensor", 15: "SparseTensor"},
    "Function": {7: "Node"},
    "Node": {5: "Attribute"},
    "Attribute": {5: "Tensor", 6: "Graph", 10: "Tensor", 11: "Graph", 22: "SparseTensor"},
    "SparseTensor": {1: "Tensor", 2: "Tensor"},
    "Tensor": {},
}
# float_data, int32_data, string_data, int64_data, raw_data, double_data, uint64_data
_TENSOR_DATA = frozenset({4, 5, 6, 7, 9, 10, 11})
# Of these, elements that lie in the file as in memory: float_data, raw_data, double_data.
_PLAIN_DATA = frozenset({4, 9, 10})
# A tensor of the main graph: model, graph, initializer.
_MAIN_TENSOR_DEPTH = 2
_EXTERNAL_DATA, _DATA_LOCATION, _EXTERNAL = 13, 14, 1


def without_weights(data: memoryview, *, location: str | None = None) -> bytes:
    """The serialized ModelProto with every large tensor's data left out.

    Args:
        data: the serialized ModelProto.
        location: leave a note in each large initializer of the main graph instead: external
            data in a file of this name, at the place where its elements lie in `data`. Large
            data that does not lie there as it does in memory is then kept.

    Raises:
        ModelError: the bytes are not a protobuf message.
    """
    out = bytearray()
    _copy(data, 0, len(data), "Model", out, 0, location)
    return bytes(out)


def _copy(
    data: memoryview,
    start: int,
    end: int,
    message: str,
    out: bytearray,
    depth: int,
    location: str | None,
) -> None:
    """Append a message's fields to `out`, opening the large ones."""
    if depth > _MAX_DEPTH:
        raise ModelError("graphs are nested more than 100 deep")
    children = _CHILDREN[message]
    position = start
    while position < end:
        field_start = position
        tag, position = _varint(data, position, end)
        if tag & 7 != _LENGTH_DELIMITED:
            position = _skip_scalar(data, position, end, tag & 7)
            out += data[field_start:position]
            continue
        length, position = _varint(data, position, end)
        stop = position + length
        if stop > end:
            raise ModelError("the file ends in the middle of a field: it is truncated")
        number = tag >> 3
        if length <= KEEP_BYTES:
            out += data[field_start:stop]
        elif message == "Tensor" and number in _TENSOR_DATA and location is None:
            pass
        elif message == "Tensor" and number in _PLAIN_DATA and depth == _MAIN_TENSOR_DEPTH:
            _append_place(out, str(location), position, length)
        elif number in children:
            inner = bytearray()
            _copy(data, position, stop, children[number], inner, depth + 1, location)
            _append_varint(out, tag)
            _append_varint(out, len(inner))
            out += inner
        else:
            out += data[field_start:stop]
        position = stop


def _append_place(out: bytearray, location: str, offset: int, length: int) -> None:
    """Say that a tensor's elements lie in another file."""
    for key, value in (("location", location), ("offset", offset), ("length", length)):
        entry = bytearray()
        _append_text(entry, 1, key)
        _append_text(entry, 2, str(value))
        _append_varint(out, _EXTERNAL_DATA << 3 | _LENGTH_DELIMITED)
        _append_varint(out, len(entry))
        out += entry
    _append_varint(out, _DATA_LOCATION << 3)
    _append_varint(out, _EXTERNAL)


def _append_text(out: bytearray, number: int, text: str) -> None:
    encoded = text.encode()
    _append_varint(out, number << 3 | _LENGTH_DELIMITED)
    _append_varint(out, len(encoded))
    out += encoded


def _varint(data: memoryview, position: int, end: int) -> tuple[int, int]:
    value = shift = 0
    while position < end and shift < 70:  # noqa: PLR2004 - a varint has ten bytes at most
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:  # noqa: PLR2004 - the continuation bit
            return value, position
        shift += 7
    raise ModelError("it is not a protobuf message: a field has no end")


def _append_varint(out: bytearray, value: int) -> None:
    while value > 0x7F:  # noqa: PLR2004 - the continuation bit
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)


def _skip_scalar(data: memoryview, position: int, end: int, wire_type: int) -> int:
    """The position after a varint (0), a double (1) or a float (5)."""
    if wire_type == 0:
        return _varint(data, position, end)[1]
    sizes = {1: 8, 5: 4}
    if wire_type not in sizes or position + sizes[wire_type] > end:
        raise ModelError("it is not a protobuf message: unknown field encoding")
    return position + sizes[wire_type]
