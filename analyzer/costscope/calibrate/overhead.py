"""What a profile adds to a kernel's time, and what an inference costs beside its kernels.

A profiled kernel carries its own time, the runtime's dispatch and the profiler's two looks at
the clock. The last shall not enter a prediction: sums of kernels must give latencies that were
measured without a profiler.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from costscope.calibrate.types import Collected

# The profiler slows what comes after it: kernels that are short themselves lose less of their
# time to it. Each keeps this share; the value brought small networks' sums closest.
_KEPT_RATIO = 0.2
_MOST_S, _STEP_S = 12e-6, 0.05e-6
_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Overhead:
    """Seconds that stand between a profile and a latency.

    Attributes:
        profiler_s: in each kernel's time, to be taken off.
        run_s: of each inference, in no kernel's time.
    """

    profiler_s: float
    run_s: float


def overhead(networks: Sequence[Collected]) -> Overhead:
    """The overheads that bring sums of kernels closest to latencies, by mean relative error.

    A time of each inference is among them: without one networks below half a millisecond came
    out a tenth too fast where it was tried, and the profiler's share came out too small.
    """
    import numpy as np

    latencies = np.array([each.latency_s for each in networks])
    sums = _Sums(networks)
    best, least = Overhead(0.0, 0.0), float("inf")
    for step in range(round(_MOST_S / _STEP_S) + 1):
        profiler_s = step * _STEP_S
        missing = latencies - sums.without(profiler_s)
        run_s = max(0.0, _middle(missing, 1 / latencies))
        error = float(np.mean(np.abs(missing - run_s) / latencies))
        if error < least:
            best, least = Overhead(profiler_s, run_s), error
    return Overhead(_rounded(best.profiler_s), _rounded(best.run_s))


def own_s(seconds: float, profiler_s: float) -> float:
    """A kernel's time without what the profiler added."""
    return max(seconds - profiler_s, _KEPT_RATIO * seconds)


class _Sums:
    """Sums of the kernels of many networks at once."""

    def __init__(self, networks: Sequence[Collected]) -> None:
        import numpy as np

        kernels = [timed for each in networks for timed in each.kernels]
        self._counts = np.array([timed.kernel.repeats for timed in kernels])
        self._times = np.array([timed.seconds for timed in kernels]) / self._counts
        self._place = np.repeat(np.arange(len(networks)), [len(each.kernels) for each in networks])
        self._networks = len(networks)

    def without(self, profiler_s: float) -> Any:
        """Each network's sum without what the profiler added."""
        import numpy as np

        own = np.maximum(self._times - profiler_s, _KEPT_RATIO * self._times) * self._counts
        return np.bincount(self._place, own, self._networks)


def _middle(values: Any, weights: Any) -> float:
    """The weighted median: the number whose weighted distances to the values are least."""
    import numpy as np

    order = np.argsort(values)
    sums = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(sums, sums[-1] / 2)])


def _rounded(seconds: float) -> float:
    """As it will stand in the profile."""
    return float(f"{seconds:.{_DIGITS}g}")
