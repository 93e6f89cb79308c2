"""A validation in sentences: where and when it was made, and what its tables do not say."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from costscope.accuracy.grids import percent, signed
from costscope.accuracy.metrics import Coverage
from costscope.accuracy.summary import Summary
from costscope.accuracy.types import Accuracy

# What a prediction says of one network, as `timing.fitted.remarks` words it.
_UNSAMPLED = re.compile(r"no calibration has sampled (.+?) kernels[:;]")
_OUTSIDE = "outside what the calibration has seen"


def head(accuracy: Accuracy) -> tuple[str, ...]:
    """Where, when and with what, in sentences."""
    computer, made = accuracy.computer, accuracy.calibration
    threads = "1 thread" if accuracy.threads == 1 else f"{accuracy.threads} threads"
    version = accuracy.runtime_version or "of unknown version"
    first = f"{accuracy.hardware}, onnxruntime {version}, {threads}"
    lines = [f"{first}, optimisation {accuracy.optimization}, {accuracy.date}"]
    if computer is not None:
        governor = f", governor {computer.governor}" if computer.governor else ""
        lines.append(
            f"measured on {computer.cpu} ({computer.architecture}, {computer.cores} cores"
            f"{governor}, {computer.system or 'unknown system'})"
        )
    if made is not None:
        own = f", its own held-out median {percent(made.error_ratio)}" if made.error_ratio else ""
        lines.append(
            f"calibrated {made.date or 'on an unknown day'} with {made.runtime} {made.version}: "
            f"{made.classes} classes from {made.samples:,} kernels{own}"
        )
    return tuple(lines)


def verdict(accuracy: Accuracy, summary: Summary) -> tuple[str, ...]:
    """What the tables do not say, in sentences."""
    confidence = accuracy.calibration.confidence if accuracy.calibration else None
    lines = [_counts(summary), *_kernels(summary)]
    if summary.coverage is not None:
        lines.append(coverage_sentence(summary.coverage, confidence))
    if summary.noise.figures is not None:
        noise = summary.noise.figures
        lines.append(
            f"noise: the same network measured twice differs by {percent(noise.median_ratio)} "
            f"in the median, {percent(noise.p90_ratio)} at the 90 % quantile; "
            f"the second time {signed(noise.signed_median_ratio)}"
        )
    return (*lines, *(f"warning: {each}" for each in condensed(accuracy.warnings)))


def condensed(warnings: Sequence[str]) -> Iterator[str]:
    """Warnings of many networks: those of one kind as one, the others as they are."""
    unsampled: Counter[str] = Counter()
    outside = 0
    others = []
    for each in warnings:
        if found := _UNSAMPLED.match(each):
            unsampled.update(re.split(r", | and ", found[1]))
        elif _OUTSIDE in each:
            outside += 1
        else:
            others.append(each)
    yield from others
    if unsampled:
        listed = ", ".join(f"{name} ({count})" for name, count in unsampled.most_common())
        yield f"classes of kernels that no calibration has sampled, and in how many cases: {listed}"
    if outside:
        yield f"{outside} networks have kernels outside what the calibration has seen"


def coverage_sentence(found: Coverage, confidence: float | None) -> str:
    """`intervals: 43 of 48 hold what was measured, 89.6 % (Wilson 95 %: 77.8 to 95.5 %)`."""
    claimed = f"; they claim {confidence * 100:g} %" if confidence is not None else ""
    return (
        f"intervals: {found.inside} of {found.count} hold what was measured, "
        f"{percent(found.ratio)} (Wilson 95 %: {found.low_ratio * 100:.1f} to "
        f"{percent(found.high_ratio)}){claimed}"
    )


def _counts(summary: Summary) -> str:
    parts = [f"{summary.scored} of {summary.networks} networks count"]
    if summary.incomplete:
        parts.append(f"{summary.incomplete} have kernels that no calibration has sampled")
    if summary.failed:
        parts.append(f"{summary.failed} failed")
    if summary.disturbed:
        parts.append(f"{summary.disturbed} of those that count were disturbed and stay in")
    return "; ".join(parts)


def _kernels(summary: Summary) -> list[str]:
    if summary.kernel_error_ratio is None:
        return []
    missing = summary.unsampled_ratio or 0.0
    rest = f"; {percent(missing)} of all kernel time is not sampled" if missing else ""
    cancelling = f"{signed(summary.kernel_signed_ratio)} with errors that cancel"
    error = percent(summary.kernel_error_ratio)
    return [f"kernels: error {error} of their time, {cancelling}{rest}"]
