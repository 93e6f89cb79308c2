"""What `costscope measure` adds to a run: its latency beside a bare loop over `session.run`.

    python benchmarks/measure_overhead.py [MODEL ...]

For each model, in one process and in turns: a bare loop in a plain session as anybody would
make it; the measurement, in a session that was profiled before; and a bare loop in that very
session. Each round makes new sessions, because where the weights lie in memory alone moves a
latency by 1 to 3 %. The exit code is 1 if the measurement's median over the rounds is more
than 2 % off the bare loop in its own session.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Mapping
from statistics import median
from time import perf_counter
from typing import Any

import onnxruntime as ort

from costscope.measure.inputs import feeds
from costscope.measure.latency import Latency, latencies
from costscope.measure.opened import open_model, prepare
from costscope.measure.profiled import profiled
from costscope.measure.settings import Settings
from costscope.measure.weights import materialise

MODELS = ("zoo:mobilenet_v2", "zoo:squeezenet@1.1", "zoo:shufflenet_v2", "zoo:resnet@18")
MOST_RATIO = 0.02
SETTINGS = Settings(random_weights=True, time_limit_s=2.0)
ROUNDS, LOOP_S, WARM_UP_RUNS = 3, 1.0, 10


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


def bare_s(session: ort.InferenceSession, given: Mapping[str, Any]) -> float:
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


def one_round(model: str) -> tuple[float, float, float]:
    """Medians of the bare loop in a plain session, of the measurement, and of its session."""
    plain_s = bare_s(*plain(model))
    opened = open_model(prepare(model, SETTINGS), SETTINGS)
    profiled(opened, SETTINGS.time_limit_s)
    (found,) = latencies([(opened, LOOP_S)], SETTINGS)
    if not isinstance(found, Latency):
        raise found
    same_s = bare_s(opened.session._session, opened.feeds)  # noqa: SLF001 - the bare loop itself
    opened.session.close()
    return plain_s, median(found.samples_s), same_s


def main(models: list[str]) -> int:
    """Compare every model; 1 if one differs by more than 2 %."""
    worst = 0.0
    print("| model | measured, ms | bare loop, same session | bare loop, plain session |")
    print("|---|---|---|---|")
    for model in models:
        rounds = [one_round(model) for _ in range(ROUNDS)]
        plain_s, found_s, same_s = (median(each) for each in zip(*rounds, strict=True))
        worst = max(worst, abs(found_s / same_s - 1))
        cells = (f"{s * 1e3:.3f} ms ({found_s / s - 1:+.1%})" for s in (same_s, plain_s))
        print(f"| {model} | {found_s * 1e3:.3f} | {' | '.join(cells)} |", flush=True)
    return int(worst > MOST_RATIO)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or list(MODELS)))
