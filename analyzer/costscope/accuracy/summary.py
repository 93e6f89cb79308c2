"""The figures of a set of networks: whole networks, size bands, kernel kinds, intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf

from costscope.accuracy.baselines import macs_times_constant, two_number_roofline
from costscope.accuracy.metrics import Coverage, Figures, coverage, figures
from costscope.accuracy.types import KindTime, NetworkResult

BANDS_S = (0.0, 2e-3, 10e-3, 40e-3, inf)
"""Ends of the size bands, by measured latency."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of figures.

    Attributes:
        label: of what.
        figures: None where there is nothing to tell.
    """

    label: str
    figures: Figures | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KindLine:
    """All kernels of one kind in all networks.

    Attributes:
        kind: the kernel kind.
        kernels: how many, those without a prediction included.
        time_ratio: share of all kernel time.
        error_ratio: sum of |predicted - measured| over the sum of measured; None if none
            was predicted.
        signed_ratio: sum of predicted over sum of measured, less one.
        unsampled_ratio: share of the kind's time that has no prediction.
    """

    kind: str
    kernels: int
    time_ratio: float
    error_ratio: float | None
    signed_ratio: float | None
    unsampled_ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What there is to say of a set of networks.

    Attributes:
        networks: how many were tried.
        scored: how many count.
        failed: how many could not be measured or predicted.
        incomplete: how many have kernels without a prediction: apart from the figures.
        disturbed: how many of those that count were measured on a machine that was not quiet.
        predicted: the predictions.
        as_they_are: the same with the incomplete ones, kernels without a prediction as zero.
        noise: second measurement against the first: what no prediction can beat.
        baselines: rules of thumb on the same networks.
        bands: the predictions by measured latency.
        kinds: by kernel kind, those with most time first.
        kernel_error_ratio: sum of |predicted - measured| over all predicted kernels, over
            their measured time; None without kernels.
        kernel_signed_ratio: the same with errors that cancel.
        unsampled_ratio: share of all kernel time without a prediction.
        coverage: of the intervals of the networks that count; None without intervals.
    """

    networks: int
    scored: int
    failed: int
    incomplete: int
    disturbed: int
    predicted: Line
    as_they_are: Line
    noise: Line
    baselines: tuple[Line, ...]
    bands: tuple[Line, ...]
    kinds: tuple[KindLine, ...]
    kernel_error_ratio: float | None
    kernel_signed_ratio: float | None
    unsampled_ratio: float | None
    coverage: Coverage | None


def summarize(networks: Sequence[NetworkResult]) -> Summary:
    """All figures of some networks."""
    scored = [each for each in networks if each.scored]
    every = [kind for each in networks for kind in each.kinds]
    whole = _sum("all", every)
    return Summary(
        networks=len(networks),
        scored=len(scored),
        failed=sum(bool(each.error) for each in networks),
        incomplete=sum(not each.complete and not each.error for each in networks),
        disturbed=sum(each.disturbed for each in scored),
        predicted=Line(label="predicted", figures=figures(pairs(scored))),
        as_they_are=Line(label="with incomplete ones", figures=figures(pairs(networks))),
        noise=Line(label="noise: measured twice", figures=figures(_retests(scored))),
        baselines=(
            Line(label="MACs x constant", figures=figures(macs_times_constant(scored))),
            Line(label="two-number roofline", figures=figures(two_number_roofline(scored))),
        ),
        bands=tuple(
            Line(label=band_label(low, high), figures=figures(pairs(sized(scored, low, high))))
            for low, high in pairwise(BANDS_S)
        ),
        kinds=_kinds(every),
        kernel_error_ratio=_over(whole.error_s, whole.measured_s),
        kernel_signed_ratio=_over(whole.predicted_s - whole.measured_s, whole.measured_s),
        unsampled_ratio=_over(whole.unsampled_s, whole.measured_s + whole.unsampled_s),
        coverage=coverage([each.inside for each in scored if each.inside is not None]),
    )


def pairs(networks: Sequence[NetworkResult]) -> list[tuple[float, float]]:
    """Measured and predicted seconds of those that have both, complete or not."""
    return [each.pair for each in networks if each.pair is not None and not each.error]


def sized(
    networks: Sequence[NetworkResult], low_s: float, high_s: float = inf
) -> list[NetworkResult]:
    """Those whose measured latency is at least `low_s` and below `high_s`."""
    return [
        each
        for each in networks
        if each.measured_s is not None and low_s <= each.measured_s < high_s
    ]


def band_label(low_s: float, high_s: float) -> str:
    """`below 2 ms`, `2 to 10 ms`, `40 ms and more`."""
    if low_s <= 0:
        return f"below {high_s * 1e3:g} ms"
    if high_s == inf:
        return f"{low_s * 1e3:g} ms and more"
    return f"{low_s * 1e3:g} to {high_s * 1e3:g} ms"


def _retests(networks: Sequence[NetworkResult]) -> list[tuple[float, float]]:
    return [
        (each.measured_s, each.retest_s)
        for each in networks
        if each.measured_s is not None and each.retest_s is not None
    ]


def _kinds(every: Sequence[KindTime]) -> tuple[KindLine, ...]:
    names = dict.fromkeys(each.kind for each in every)
    sums = [_sum(name, [each for each in every if each.kind == name]) for name in names]
    total_s = sum(each.measured_s + each.unsampled_s for each in sums)
    lines = [
        KindLine(
            kind=each.kind,
            kernels=each.kernels + each.unsampled_kernels,
            time_ratio=_over(each.measured_s + each.unsampled_s, total_s) or 0.0,
            error_ratio=_over(each.error_s, each.measured_s),
            signed_ratio=_over(each.predicted_s - each.measured_s, each.measured_s),
            unsampled_ratio=_over(each.unsampled_s, each.measured_s + each.unsampled_s) or 0.0,
        )
        for each in sums
    ]
    return tuple(sorted(lines, key=lambda line: -line.time_ratio))


def _sum(kind: str, some: Sequence[KindTime]) -> KindTime:
    return KindTime(
        kind=kind,
        kernels=sum(each.kernels for each in some),
        measured_s=sum(each.measured_s for each in some),
        predicted_s=sum(each.predicted_s for each in some),
        error_s=sum(each.error_s for each in some),
        unsampled_kernels=sum(each.unsampled_kernels for each in some),
        unsampled_s=sum(each.unsampled_s for each in some),
    )


def _over(part: float, whole: float) -> float | None:
    return part / whole if whole else None
