"""Two calibrations in a row: how far their predictions of the same networks differ.

    python benchmarks/calibration_repeat.py [quick|default|thorough]

Prints every network's two predictions and the ratio, and leaves with exit code 1 if the median
of the ratios is beyond 5 % or the machine was not quiet.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from statistics import median

from costscope.api import analyze
from costscope.calibrate.effort import EFFORTS
from costscope.calibrate.run import calibrate
from costscope.hardware.types import Hardware
from costscope.units import format_latency

LIMIT = 0.05
NETWORKS = (
    *("mobilenet_v1", "mobilenet_v2", "mobilenet_v3_large", "mobilenet_v3_small", "efficientnet"),
    *("shufflenet_v2", "squeezenet", "ghostnet", "mnasnet_b1", "resnet", "densenet", "regnet"),
    *("vit", "swin", "convnext", "fastvit", "edgenext", "poolformer", "mlperf_tiny_kws"),
)


def predictions(one: Hardware, other: Hardware) -> dict[str, tuple[float, float]]:
    """Latencies of the networks that both predict whole."""
    found = {}
    for name in NETWORKS:
        runs = [each.prediction for each in analyze(f"zoo:{name}", [one, other]).deployments]
        pair = [run.latency_s for run in runs if run is not None and run.complete]
        if len(pair) == 2 and all(pair):
            found[name] = (float(pair[0] or 0), float(pair[1] or 0))
    return found


def main(effort: str) -> int:
    """Calibrate twice and compare; the exit code."""
    runs = [replace(EFFORTS[effort], every_count=False, repeat_ratio=0.0) for _ in range(2)]
    first, second = (calibrate(run, name=f"run {index}") for index, run in enumerate(runs, 1))
    for run in (first, second):
        print(run.hardware.name, "held-out error", run.parts[0].fitted.error_ratio)
        for sign in run.disturbances:
            print(run.hardware.name, "was disturbed:", sign.message)
    ratios = []
    for name, (one_s, other_s) in predictions(first.hardware, second.hardware).items():
        ratios.append(abs(other_s / one_s - 1))
        print(f"{name:24}{format_latency(one_s):>12}{format_latency(other_s):>12}{ratios[-1]:8.1%}")
    print(f"{len(ratios)} networks: median {median(ratios):.1%}, largest {max(ratios):.1%}")
    return int(median(ratios) > LIMIT or first.disturbed or second.disturbed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "default"))
