"""A network as onnxruntime runs it: hand-worked, and compared with onnxruntime where it is."""

from __future__ import annotations

from pathlib import Path

import pytest

import written

# The version whose behaviour is written down.
VERSION = "1.31."


def case(
    name: str,
    body: str,
    expected: str,
    inputs: str = written.IMAGE,
    outputs: str = "float[] y",
    opset: int = 17,
):  # type: ignore[no-untyped-def]
    """A network as text and the operators that it runs as, as a parameter of a test."""
    return pytest.param(body, expected.split(), inputs, outputs, opset, id=name)


def check(
    body: str, expected: list[str], inputs: str, outputs: str, opset: int, folder: Path
) -> None:
    """Our kernels are those expected, and so are onnxruntime's."""
    found = written.kernels("onnxruntime", body, inputs, outputs, opset=opset)

    assert written.runs(found) == sorted(expected)
    try:
        import onnxruntime
    except ImportError:
        return
    if onnxruntime.__version__.startswith(VERSION):
        proto = written.model(body, inputs, outputs, opset=opset)
        assert written.onnxruntime_runs(proto, folder) == sorted(expected)
