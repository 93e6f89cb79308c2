"""Small networks written as text, with weights and numbers taken from a cupboard by name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import ModelProto, helper, parser

from costscope.graph.types import Graph
from costscope.kernels.fuse import fuse
from costscope.kernels.runtimes import RUNTIMES
from costscope.kernels.types import Kernel
from costscope.shapes import resolve

Array = npt.NDArray[Any]
IMAGE = "float[1,8,6,6] x"
SEQUENCE = "float[2,5,16] x"

# Weights, by shape; no two are equal.
_WEIGHTS: dict[str, tuple[int, ...]] = {
    "w": (8, 8, 1, 1),
    "w2": (8, 8, 1, 1),
    "w3": (8, 8, 3, 3),
    "dw": (8, 1, 3, 3),
    "b": (8,),
    "channels": (8, 1, 1),
    "channels2": (1, 8, 1, 1),
    "whole": (1, 8, 6, 6),
    "wide": (2, 8, 1, 1),
    "m": (16, 16),
    "m2": (16, 16),
    "mb": (16,),
    "mb2": (16,),
    "fc": (4, 8),
    "fcb": (4,),
    "scale": (8,),
    "shift": (8,),
    "mean": (8,),
}
_NUMBERS: dict[str, Any] = {
    "zero": np.float32(0),
    "one": np.float32(1),
    "two": np.float32(2),
    "three": np.float32(3),
    "six": np.float32(6),
    "half": np.float32(0.5),
    "sixth": np.float32(1 / 6),
    "root2": np.float32(2**0.5),
    "inverse_root2": np.float32(0.5**0.5),
    "tiny": np.float32(1e-5),
    "cubic": np.float32(0.044715),
    "root2pi": np.float32((2 / np.pi) ** 0.5),
    "quick": np.float32(1.702),
    "variance": np.full(8, 0.7, np.float32),
    "zeros": np.zeros(8, np.float32),
    "pads": np.array([0, 0, 1, 1, 0, 0, 1, 1]),
    "channel_pads": np.array([0, 1, 0, 0, 0, 1, 0, 0]),
    "cut_pads": np.array([0, 0, -1, 0, 0, 0, 0, 0]),
    "i0": np.array([0]),
    "i1": np.array([1]),
    "i2": np.array([2]),
    "i4": np.array([4]),
    "i8": np.array([8]),
    "end": np.array([2**63 - 1]),
    "last": np.array([-1]),
    "spatial": np.array([2, 3]),
    "flat": np.array([1, 288]),
    "rows": np.array([1, 8, 36]),
    "grouped": np.array([1, 2, 4, 6, 6]),
    "square": np.array([1, 8, 6, 6]),
    "grown": np.array([1, 8, 6, 12]),
    "n0": np.array(0),
    "n1": np.array(1),
    "n2": np.array(2),
    # quantized
    "s": np.float32(0.05),
    "s2": np.float32(0.07),
    "narrow": np.float32(0.01),
    "zp": np.uint8(0),
    "zp100": np.uint8(100),
    "zpi": np.int8(0),
    "zw": np.zeros(8, np.int8),
    "sw": np.full(8, 0.01, np.float32),
    "sb": np.full(8, 0.0005, np.float32),
    "zb": np.zeros(8, np.int32),
    "qw": (np.arange(64) % 13 - 6).astype(np.int8).reshape(8, 8, 1, 1),
    "qdw": (np.arange(72) % 13 - 6).astype(np.int8).reshape(8, 1, 3, 3),
    "qb": np.arange(8, dtype=np.int32),
    "qc": (np.arange(8) % 5).astype(np.uint8).reshape(8, 1, 1),
    "qm2": (np.arange(256) % 11 - 5).astype(np.int8).reshape(16, 16),
    "qm": (np.arange(256) % 13 - 6).astype(np.int8).reshape(16, 16),
}


@cache
def stored(name: str) -> Array | None:
    """What stands in the cupboard under a name."""
    if name in _NUMBERS:
        return np.asarray(_NUMBERS[name])
    if name in _WEIGHTS:
        seed = sum(map(ord, name)) * 1000 + len(name)
        return np.random.default_rng(seed).standard_normal(_WEIGHTS[name]).astype(np.float32)
    return None


def model(
    body: str, inputs: str = IMAGE, outputs: str = "float[] y", *, opset: int = 17
) -> ModelProto:
    """A model of a body in ONNX's own text form; what it does not make is taken from stock."""
    found: Any = parser.parse_model(
        f'<ir_version: 8, opset_import: ["" : {opset}, "com.microsoft" : 1]>'
        f" g ({inputs}) => ({outputs}) {{ {body} }}"
    )
    for output in found.graph.output:
        output.type.tensor_type.ClearField("shape")
    for name in sorted(set(re.findall(r"[A-Za-z_]\w*", body))):
        value = stored(name)
        if value is not None:
            found.graph.initializer.append(_tensor(name, value))
    return found


def _tensor(name: str, value: Array) -> Any:
    kind = helper.np_dtype_to_tensor_dtype(value.dtype)
    raw = value.astype(value.dtype.newbyteorder("<")).tobytes()
    return helper.make_tensor(name, kind, value.shape, raw, raw=True)


def graph(body: str, inputs: str = IMAGE, outputs: str = "float[] y", *, opset: int = 17) -> Graph:
    """The same as a resolved graph."""
    return resolve(model(body, inputs, outputs, opset=opset))


def kernels(
    runtime: str,
    body: str,
    inputs: str = IMAGE,
    outputs: str = "float[] y",
    *,
    opset: int = 17,
) -> tuple[Kernel, ...]:
    """The kernels of a body in a runtime."""
    return fuse(graph(body, inputs, outputs, opset=opset), RUNTIMES[runtime])[0]


def runs(found: Sequence[Kernel]) -> list[str]:
    """What kernels are run as, sorted."""
    return sorted(kernel.runs_as for kernel in found)


def onnxruntime_runs(source: ModelProto | Path, folder: Path) -> list[str]:
    """The operators of the graph that onnxruntime really runs at its extended level, sorted."""
    import onnx
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.log_severity_level = 4
    options.optimized_model_filepath = str(folder / "optimized.onnx")
    given = str(source) if isinstance(source, Path) else source.SerializeToString()
    ort.InferenceSession(given, options, providers=["CPUExecutionProvider"])
    saved = onnx.load(folder / "optimized.onnx")
    return sorted(node.op_type for node in saved.graph.node)
