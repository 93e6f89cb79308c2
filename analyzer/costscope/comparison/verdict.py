"""Whether one network is faster than another on a machine, and why that can be said or not."""

from __future__ import annotations

from collections import Counter

from costscope.analysis.types import Deployment
from costscope.comparison.types import Change, Sense, Verdict
from costscope.timing.ranking import Order, order
from costscope.timing.types import Prediction
from costscope.units import format_percent
from costscope.views.report import figures
from costscope.views.report.names import brief, clean

_VERDICTS = {
    Order.FASTER: Verdict.FASTER,
    Order.SLOWER: Verdict.SLOWER,
    Order.UNDECIDED: Verdict.UNDECIDED,
}
Said = tuple[Verdict, str]


def verdict_of(
    latency: Change, base: Deployment, head: Deployment, labels: tuple[str, str]
) -> Said:
    """What may be said of the head's latency beside the base's, and why.

    Args:
        latency: the change of the latency.
        base: the base on the machine.
        head: the other network on the same machine.
        labels: what base and head are called.
    """
    before, after = base.prediction, head.prediction
    if before is None or after is None:
        return Verdict.UNKNOWN, "no machine was named"
    if _same(before, after):
        return Verdict.SAME, "every kernel that runs is predicted to take the same time"
    for label, amount in zip(labels, (latency.base, latency.head), strict=True):
        if amount.value is None:
            return Verdict.UNKNOWN, f"{brief(label)} has no prediction on this machine"
        if amount.least:
            return Verdict.UNKNOWN, f"{brief(label)} has kernels without a prediction there"
    if latency.sense is not Sense.EXACT:
        return Verdict.UNKNOWN, _uncalibrated(base)
    return _decided(before, after, labels[1])


def _same(base: Prediction, head: Prediction) -> bool:
    """Whether the same times are spent, in whatever order."""
    if not (base.complete and head.complete) or base.latency_s != head.latency_s:
        return False
    return _spent(base) == _spent(head)


def _spent(prediction: Prediction) -> Counter[float | None]:
    """Times of the kernels that take any: views may come and go."""
    return Counter(timing.latency_s for timing in prediction.timings if timing.latency_s)


def _uncalibrated(base: Deployment) -> str:
    name = clean(base.hardware.name) if base.hardware else "the machine"
    return (
        f"{name} has roofline bounds for {clean(base.runtime.name)}, not predictions: "
        "no run is faster, but how much slower each is, nobody measured"
    )


def _decided(base: Prediction, head: Prediction, label: str) -> Said:
    """By what two predictions on one machine can be off, one relative to the other."""
    verdict = _VERDICTS[order(head, base)]
    sure = verdict is not Verdict.UNDECIDED
    pair = base.rates.pair_ratio if base.rates and base.rates == head.rates else None
    if not (base.calibrated and head.calibrated):
        return verdict, "the machine is not calibrated, so nothing says how far off each may be"
    confidence = min(base.interval_confidence or 0.0, head.interval_confidence or 0.0)
    with_confidence = f" (with {format_percent(confidence)} confidence)" if confidence else ""
    ratio = _ratio(base, head)
    if pair is not None and ratio:
        outside = "" if confidence else "; part of them lies outside what was measured"
        relation = "more" if sure else "no more"
        return verdict, (
            f"the latencies differ by a factor of {ratio:.3g}, {relation} than the {pair:.3g} by "
            f"which predictions of two networks there may be off{with_confidence}{outside}"
        )
    if None in (base.latency_low_s, base.latency_high_s, head.latency_low_s, head.latency_high_s):
        return verdict, f"the prediction of {brief(label)} or of the base has no interval"
    relation = "do not overlap" if sure else "overlap"
    return verdict, f"the intervals of the predictions {relation}{with_confidence}"


def _ratio(base: Prediction, head: Prediction) -> float | None:
    """The slower over the faster latency; at least 1."""
    times = figures.latency_s(base), figures.latency_s(head)
    if not times[0] or not times[1]:
        return None
    return max(times[0] / times[1], times[1] / times[0])
