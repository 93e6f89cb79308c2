"""The profile of one's own machine: the base's data sheet with what was fitted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from costscope.fit.device import DeviceFit
from costscope.fit.rates import rounded
from costscope.fit.subjects import SOURCE
from costscope.hardware.types import Compute, Hardware, Rates, Source

_PEAK_DIGITS = 6
_MOST_SHARE = 9.9  # a profile may say up to ten times the peak


def as_profile(base: Hardware, fits: Sequence[DeviceFit], *, name: str, origin: str) -> Hardware:
    """The base's data sheet with the fitted rates in place of its own.

    Where the machine computes faster than the base can, the peaks are raised by as much.
    """
    rows = sum(fit.rates.rows for fit in fits)
    measured = "1 measurement" if rows == 1 else f"{rows} measurements"
    times = rounded(max((_fastest(fit.rates) for fit in fits), default=1.0), _PEAK_DIGITS)
    raised = f"; the peaks are {times:.3g} times as high, for it computes faster" * (times > 1)
    return replace(
        base,
        name=name,
        aliases=(),
        chip="",
        summary=f"Fitted to {measured} in {origin}, with {base.name} as the base.",
        compute={key: _raised(each, times) for key, each in base.compute.items()},
        runtime=fits[0].rates.runtime,
        rates=tuple(_lowered(fit.rates, times) for fit in fits),
        fitted=(),
        identity=None,
        sources={
            **base.sources,
            SOURCE: Source(key=SOURCE, reference=f"own measurements, {origin}"),
        },
        notes=(f"Peaks and memories are those of {base.name}{raised}.",),
    )


def _fastest(rates: Rates) -> float:
    """How many times the base's peak the machine reaches at least; 1 if not above it.

    Classes that were not observed say nothing, as long as the profile may hold them.
    """
    shares = rates.compute_ratio
    seen = [share for name, share in shares.items() if name not in rates.unobserved]
    return max((1.0, *seen, *(share / _MOST_SHARE for share in shares.values())))


def _raised(compute: Compute, times: float) -> Compute:
    if times == 1:
        return compute
    how = "; ".join(filter(None, (compute.how, f"{times:.3g} times that, as measured here")))
    peak = rounded(compute.peak_flops_per_s * times, _PEAK_DIGITS)
    return replace(compute, peak_flops_per_s=peak, how=how)


def _lowered(rates: Rates, times: float) -> Rates:
    shares = {name: rounded(share / times) for name, share in rates.compute_ratio.items()}
    return replace(rates, compute_ratio=shares) if times > 1 else rates
