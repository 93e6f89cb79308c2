"""Which version of each domain a model, or a function in it, is written in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from costscope.errors import ModelError
from costscope.graph import schema


def opsets_of(model: Any) -> dict[str, int]:
    """Versions by domain; files from before IR version 3 mean opset 1.

    Raises:
        ModelError: an opset that the installed onnx does not know.
    """
    opsets = imports(model.opset_import)
    opsets.setdefault("", 1)
    return opsets


def imports(entries: Iterable[Any]) -> dict[str, int]:
    """Versions by domain of a list of imports.

    Raises:
        ModelError: an opset that the installed onnx does not know.
    """
    opsets = {standard(entry.domain): int(entry.version) for entry in entries}
    version, newest = opsets.get("", 1), schema.newest_opset()
    if version > newest:
        raise ModelError(
            f"opset {version} is newer than the newest that onnx here knows ({newest}); "
            "update the onnx package"
        )
    if version < 1:
        raise ModelError(f"opset {version} does not exist")
    return opsets


def standard(domain: str) -> str:
    """The domain as we write it: the standard's own has two names in files."""
    return "" if domain == "ai.onnx" else domain
