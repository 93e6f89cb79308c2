"""A deployment's totals as facts: quantity, value, and what it means."""

from __future__ import annotations

from costscope.analysis.types import Deployment
from costscope.timing.types import Fit, Prediction
from costscope.units import format_bytes, format_count, format_intensity
from costscope.views.report import figures
from costscope.views.report.headline import headline
from costscope.views.report.names import brief, clean, counted
from costscope.views.report.shares import AT_LEAST, share
from costscope.views.report.types import Fact, Tone

_HELD = 3  # tensors named at the peak


def facts(deployment: Deployment, *, partial: bool) -> tuple[Fact, ...]:
    """Latency, placement, arithmetic, weights, memory and intensity of a deployment.

    Args:
        deployment: the model on a machine or on none.
        partial: some operators are in no sum: counts are then lower bounds.
    """
    found = [headline(deployment)]
    prediction = deployment.prediction
    if prediction is not None:
        found += [fits(prediction), *_bound(prediction)]
    found += _arithmetic(deployment, AT_LEAST if partial else "")
    found += _memory(deployment, AT_LEAST if partial else "")
    found.append(_intensity(deployment))
    return tuple(found)


def fits(prediction: Prediction) -> Fact:
    """Whether weights and activations fit into the machine, and where they go."""
    if not prediction.fits:
        return Fact("fits", "-", "the machine's memories have no stated capacity.", Tone.FAINT)
    places = "; ".join(_place(fit) for fit in prediction.fits) + "."
    if all(fit.fits for fit in prediction.fits):
        return Fact("fits", "yes", places, Tone.GOOD)
    return Fact("fits", "no", places, Tone.BAD)


def verdict(prediction: Prediction) -> str:
    """The placement in a word or two: `yes`, `no: weights`, `no: both`; `-`: nothing limits."""
    lacking = [fit.what for fit in prediction.fits if not fit.fits]
    if lacking:
        return f"no: {lacking[0] if len(lacking) == 1 else 'both'}"
    return "yes" if prediction.fits else "-"


def _place(fit: Fit) -> str:
    verb = "take" if fit.fits else "need"
    limit = "" if fit.fits else " (a hard limit)" if fit.fixed else " (more than there is)"
    return (
        f"{fit.what} {verb} {format_bytes(fit.needed_bytes)} of {clean(fit.memory)}'s "
        f"{format_bytes(fit.capacity_bytes)}{limit}"
    )


def _bound(prediction: Prediction) -> list[Fact]:
    if not prediction.latency_s:
        return []
    parts = [
        f"{share(seconds / prediction.latency_s)} in {bound}-bound kernels"
        for bound, seconds in figures.time_by_bound(prediction).items()
    ]
    note = f"{', '.join(parts)}.".replace(" in ", " of the time in ", 1)
    return [Fact("bound", str(figures.main_bound(prediction)), note)]


def _arithmetic(deployment: Deployment, mark: str) -> list[Fact]:
    totals = deployment.totals
    work = totals.work
    others = work.vector_ops + work.special_ops
    arithmetic = (
        f"multiply-accumulates of 2 FLOP; with {format_count(others)} other operations "
        f"{format_count(work.flops)} FLOP."
    )
    by_dtype = totals.weight_bytes_by_dtype
    parts = [f"{format_bytes(size)} {dtype}" for dtype, size in by_dtype.items()]
    stored = ", ".join(parts if len(parts) > 1 else by_dtype)
    weights = f"{format_bytes(totals.weight_bytes)} of weights to store{stored and ': '}{stored}."
    if totals.statistics:
        learned = format_count(totals.params - totals.statistics)
        weights += f" {learned} learned, the rest running statistics of batch norms."
    return [
        Fact("MACs", mark + format_count(work.macs), arithmetic),
        Fact("parameters", mark + format_count(totals.params), weights),
    ]


def _memory(deployment: Deployment, mark: str) -> list[Fact]:
    totals, peak = deployment.totals, deployment.schedule.peak
    weights = totals.traffic_bytes - totals.activation_bytes
    by = f"by {counted(len(deployment.kernels), 'kernel')}"
    if deployment.graph is not None:
        by = "if fused by costscope"
    moved = (
        f"moved {by}: activations "
        f"{format_bytes(totals.activation_bytes)}, weights {format_bytes(weights)}."
    )
    held = ", ".join(f"{brief(t.name)} {format_bytes(t.nbytes)}" for t in peak.tensors[:_HELD])
    more = len(peak.tensors) - _HELD
    tail = f" and {more} more" if more > 0 else ""
    at = f"held while {brief(peak.kernel)} runs: {held}{tail}." if peak.kernel else "nothing runs."
    least = "" if deployment.schedule.complete else AT_LEAST
    return [
        Fact("traffic", mark + format_bytes(totals.traffic_bytes), moved),
        Fact("peak memory", least + format_bytes(peak.nbytes), f"activations {at}"),
        *_arena(deployment),
        Fact(
            "mem. access",
            mark + format_count(totals.memory_access),
            "elements: ShuffleNet-v2's memory access cost.",
        ),
    ]


def _arena(deployment: Deployment) -> list[Fact]:
    """Working memory as the runtime lays it out, where its layout is known."""
    laid = deployment.schedule.arena
    if laid is None or not deployment.kernels:
        return []
    parts = f"tensors {format_bytes(laid.tensors_bytes)}"
    if laid.scratch_bytes:
        parts += f", buffers of kernels {format_bytes(laid.scratch_bytes)}"
    if laid.persistent_bytes:
        parts += f", tables {format_bytes(laid.persistent_bytes)}"
    note = f"as {deployment.runtime.name} lays them out: {parts}."
    return [Fact("arena", format_bytes(laid.total_bytes), note)]


def _intensity(deployment: Deployment) -> Fact:
    value = deployment.totals.arithmetic_intensity
    if value is None:
        return Fact("intensity", "-", "nothing is moved.")
    ridge = figures.main_ridge(deployment.prediction) if deployment.prediction else None
    note = "arithmetic for each byte moved."
    if ridge is not None:
        side = "below" if value < ridge.flops_per_byte else "above"
        kind = "memory" if value < ridge.flops_per_byte else "compute"
        point = format_intensity(ridge.flops_per_byte)
        note = f"{side} the ridge point of {point} for {ridge.dtype}: {kind}-bound as a whole."
    return Fact("intensity", format_intensity(value, "FLOP/B"), note)
