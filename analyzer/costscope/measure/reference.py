"""The reference kernel: the same product before and after, to see the machine drift."""

from __future__ import annotations

from functools import lru_cache
from itertools import count
from statistics import median
from time import perf_counter
from typing import Any

from costscope.errors import UsageError

# 51 million multiply-accumulates: large enough to be timed well, small enough to be no
# burden, and at 1.1 MB of operands neither in the first cache nor out of the last.
ROWS, DEPTH, COLUMNS = 784, 256, 256
_SEED = 784_256_256
_WARM_UP_RUNS = 3
# Several threads may share a processor for a while before the scheduler parts them: after
# 0.02 s two threads still differed by 10 % from call to call, after 0.1 s by 3 %.
_WARM_UP_S, _WARM_UP_TOGETHER_S = 0.02, 0.1


def reference_s(runs: int = 9, threads: int = 1) -> float:
    """Median time of a float32 product of 784 x 256 with 256 x 256 in onnxruntime, in seconds.

    The session is made once for each number of threads.

    Raises:
        UsageError: onnxruntime is not installed, or there are no runs.
    """
    if runs < 1:
        raise UsageError(f"the reference kernel needs at least one run, not {runs}")
    session, feeds = _session(threads)

    def timed_s() -> float:
        start_s = perf_counter()
        session.run(None, feeds)
        return perf_counter() - start_s

    least_s, warm_up_s = _WARM_UP_S if threads == 1 else _WARM_UP_TOGETHER_S, 0.0
    for run in count():
        if run >= _WARM_UP_RUNS and warm_up_s >= least_s:
            break
        warm_up_s += timed_s()
    return median(timed_s() for _ in range(runs))


@lru_cache(maxsize=8)
def _session(threads: int) -> tuple[Any, dict[str, Any]]:
    import numpy as np

    try:
        import onnxruntime
    except ImportError:
        raise UsageError("measuring needs onnxruntime: pip install 'costscope[runtime]'") from None
    draw = np.random.default_rng(_SEED)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.log_severity_level = 3
    # Threads that spin on after a run would disturb what is measured next.
    options.add_session_config_entry("session.force_spinning_stop", "1")
    weights = draw.standard_normal((DEPTH, COLUMNS), dtype=np.float32)
    session = onnxruntime.InferenceSession(
        _model(weights), options, providers=["CPUExecutionProvider"]
    )
    return session, {"rows": draw.standard_normal((ROWS, DEPTH), dtype=np.float32)}


def _model(weights: Any) -> bytes:
    from onnx import TensorProto, helper

    graph = helper.make_graph(
        [helper.make_node("MatMul", ["rows", "weights"], ["product"], name="reference")],
        "reference",
        [helper.make_tensor_value_info("rows", TensorProto.FLOAT, [ROWS, DEPTH])],
        [helper.make_tensor_value_info("product", TensorProto.FLOAT, [ROWS, COLUMNS])],
        [
            TensorProto(
                name="weights",
                dims=weights.shape,
                data_type=TensorProto.FLOAT,
                raw_data=weights.astype("<f4").tobytes(),
            )
        ],
    )
    # Old versions, so that every supported onnxruntime reads it.
    model = helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 17)])
    return bytes(model.SerializeToString())
