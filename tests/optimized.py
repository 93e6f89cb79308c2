"""What onnxruntime's optimizer makes of a model, and what its profile says of every node."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from costscope.graph.types import Graph, Shape

# Element types as onnxruntime's profile calls them, where they differ from ours.
_TYPES = {"float": "float32", "double": "float64"}
_NUMPY = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(int64)": np.int64,
    "tensor(uint8)": np.uint8,
}
Outputs = Counter[tuple[str, tuple[Shape, ...], tuple[str, ...]]]


def optimized(
    model: str | bytes, folder: Path, level: str, shapes: Mapping[str, Shape] | None = None
) -> tuple[Path, Outputs]:
    """The model as onnxruntime saves it at a level, and the outputs of every node that ran.

    Args:
        model: a path, or a serialized model.
        folder: where to write.
        level: `ORT_ENABLE_EXTENDED`, or `ORT_ENABLE_ALL` for the blocked layout too.
        shapes: of inputs whose sizes are open.
    """
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.graph_optimization_level = getattr(ort.GraphOptimizationLevel, level)
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    options.optimized_model_filepath = str(folder / "optimized.onnx")
    prefix = "session.optimized_model_external_initializers"
    options.add_session_config_entry(f"{prefix}_file_name", "optimized.data")
    options.add_session_config_entry(f"{prefix}_min_size_in_bytes", "1024")
    options.enable_profiling = True
    options.profile_file_prefix = str(folder / "profile")
    session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    feeds = {}
    for given in session.get_inputs():
        shape = (shapes or {}).get(given.name) or tuple(given.shape)
        feeds[given.name] = np.ones(shape, _NUMPY[given.type])
    session.run(None, feeds)
    events = json.loads(Path(session.end_profiling()).read_text())
    (folder / "optimized.data").unlink(missing_ok=True)
    return folder / "optimized.onnx", Counter(
        _ran(event["args"])
        for event in events
        if event.get("cat") == "Node" and event["name"].endswith("_kernel_time")
    )


def _ran(facts: Mapping[str, Any]) -> tuple[str, tuple[Shape, ...], tuple[str, ...]]:
    outputs = facts["output_type_shape"]
    return (
        facts["op_name"],
        tuple(tuple(shape) for output in outputs for shape in output.values()),
        tuple(_TYPES.get(kind, kind) for output in outputs for kind in output),
    )


def found(graph: Graph) -> Outputs:
    """The outputs of every node as costscope finds them."""
    return Counter(
        (
            node.op_type,
            tuple(tensor.dims for tensor in node.outputs if tensor.name),
            tuple(tensor.dtype.name for tensor in node.outputs if tensor.name),
        )
        for node in graph.nodes
    )
