"""Measurements and predictions that nobody took: whatever latency a test wants."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from costscope.experiment.types import Row
from costscope.measure.types import Computer, Disturbance, Measurement, Spread

COMPUTER = Computer(cpu="Made Up 9000", architecture="x86_64", cores=2)


def spread(median_s: float, half_width: float = 0.001) -> Spread:
    """A spread whose interval reaches so far from its median, as a share."""
    low, high = median_s * (1 - half_width), median_s * (1 + half_width)
    return Spread(
        median_s=median_s,
        low_s=low,
        high_s=high,
        confidence=0.95,
        p10_s=low,
        p90_s=high,
        min_s=low,
        runs=50,
        warm_up_runs=5,
    )


def measurement(
    name: str, latency_s: float, disturbances: Sequence[Disturbance] = ()
) -> Measurement:
    return Measurement(
        model=name,
        computer=COMPUTER,
        runtime_version="9.9",
        provider="CPUExecutionProvider",
        threads=1,
        optimization="all",
        latency=spread(latency_s),
        profiled=None,
        kernels=(),
        disturbances=tuple(disturbances),
    )


def measured_as(
    latencies_s: Sequence[float],
) -> Callable[[Sequence[Any]], list[Measurement]]:
    """A `measure` that gives these latencies in the models' order."""

    def measure(models: Sequence[Any]) -> list[Measurement]:
        return [
            measurement(model.graph.name, latency_s)
            for model, latency_s in zip(models, latencies_s, strict=True)
        ]

    return measure


def like_the_paper(rows: Sequence[Row], platform: str = "cpu") -> list[float]:
    """The latencies that the paper's speeds stand for."""
    return [1 / row.paper[platform] for row in rows]
