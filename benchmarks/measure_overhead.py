"""What `costscope measure` adds to a run: its latency beside a bare loop over `session.run`.

    python benchmarks/measure_overhead.py [MODEL ...]

For each model, in one process: a bare loop in a plain session, the measurement (a session of
its own, which was profiled before), and the bare loop again. The difference of the medians
is printed; the exit code is 1 if one is above 2 %.
"""

from __future__ import annotations

import gc
import sys
from statistics import median
from time import perf_counter
from typing import Any

import onnxruntime as ort

from costscope.measure.inputs import feeds
from costscope.measure.opened import prepare
from costscope.measure.run import measure
from costscope.measure.settings import Settings
from costscope.measure.weights import materialise

MODELS = ("zoo:mobilenet_v2", "zoo:squeezenet@1.1", "zoo:shufflenet_v2", "zoo:resnet@18")
MOST_RATIO = 0.02
SETTINGS = Settings(random_weights=True, time_limit_s=6.0)
LOOP_S, WARM_UP_RUNS = 1.5, 10


def plain(model: str) -> tuple[ort.InferenceSession, dict[str, Any]]:
    """A session as anybody would make it, and what it is run on."""
    prepared = prepare(model, SETTINGS)
    given = feeds(prepared.graph, seed=SETTINGS.seed)
    weights = materialise(prepared.source, random=True).arrays
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_external_initializers(
        list(weights), [ort.OrtValue.ortvalue_from_numpy(each) for each in weights.values()]
    )
    session = ort.InferenceSession(
        prepared.source.proto.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    return session, given


def bare_s(session: ort.InferenceSession, given: dict[str, Any]) -> float:
    """The median of a bare loop."""
    for _ in range(WARM_UP_RUNS):
        session.run(None, given)
    times = []
    gc.disable()
    end = perf_counter() + LOOP_S
    while perf_counter() < end:
        start = perf_counter()
        session.run(None, given)
        times.append(perf_counter() - start)
    gc.enable()
    return median(times)


def main(models: list[str]) -> int:
    """Compare every model; 1 if one differs by more than 2 %."""
    worst = 0.0
    print("| model | bare loop, ms | measured, ms | difference |\n|---|---|---|---|")
    for model in models:
        session, given = plain(model)
        before_s = bare_s(session, given)
        (found,) = measure([model], SETTINGS)
        bare = (before_s + bare_s(session, given)) / 2
        if found.latency is None:
            raise SystemExit(f"{model}: not measured")
        difference = found.latency.median_s / bare - 1
        worst = max(worst, abs(difference))
        print(
            f"| {model} | {bare * 1e3:.3f} | {found.latency.median_s * 1e3:.3f} "
            f"| {difference:+.1%} |",
            flush=True,
        )
    return int(worst > MOST_RATIO)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or list(MODELS)))
