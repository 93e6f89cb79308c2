"""Model files and protos at the door: a ModelProto whose weights were never read."""

from __future__ import annotations

import mmap
import os
from pathlib import Path
from typing import Any

from costscope.errors import ModelError
from costscope.graph import wire

# A file this small is parsed as it stands: skipping weights would cost more than it saves.
_SMALL_FILE_BYTES = 256 * 1024


def read(path: str | os.PathLike[str], *, location: str | None = None) -> Any:
    """The ModelProto of a file, without large tensor data and without external data.

    Args:
        path: of the file.
        location: name to note in large initializers as the file their data lies in (this
            one, at the place it has in it); they then have no data at all if None.

    Raises:
        ModelError: no such file, a directory, or not an ONNX model.
    """
    file = Path(path)
    try:
        with file.open("rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            if size == 0:
                raise ModelError(f"{file}: the file is empty; expected an ONNX model")
            if size <= _SMALL_FILE_BYTES:
                return parse(stream.read(), str(file))
            with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
                return _parse_large(mapped, str(file), location)
    except IsADirectoryError:
        raise ModelError(f"{file}: a directory; name the .onnx file in it") from None
    except FileNotFoundError:
        raise ModelError(f"{file}: no such file") from None
    except OSError as error:
        raise ModelError(f"{file}: cannot be read: {error.strerror or error}") from None


def parse(data: bytes, where: str) -> Any:
    """The ModelProto of serialized bytes.

    Raises:
        ModelError: not an ONNX model.
    """
    from google.protobuf.message import DecodeError
    from onnx import ModelProto

    model = ModelProto()
    try:
        model.ParseFromString(data)
    except DecodeError:
        raise ModelError(f"{where}: not an ONNX model, or a truncated one") from None
    if not model.HasField("graph"):
        raise ModelError(f"{where}: not an ONNX model: it has no graph")
    return model


def _parse_large(mapped: mmap.mmap, where: str, location: str | None) -> Any:
    with memoryview(mapped) as view:
        try:
            light = wire.without_weights(view, location=location)
        except ModelError as error:
            raise ModelError(f"{where}: not an ONNX model, or a truncated one: {error}") from None
    return parse(light, where)
