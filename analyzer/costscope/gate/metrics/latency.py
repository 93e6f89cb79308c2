"""Time of one inference on a machine."""

from __future__ import annotations

from costscope.gate.metrics import Kind, Reading, Subject, metric
from costscope.gate.metrics.cost import missing
from costscope.timing.types import Prediction
from costscope.units import format_bytes
from costscope.views.report.names import brief, counted

_MOST = 3
_PRECISIONS = ("float16", "bfloat16", "int8", "int4")  # the nearest to float32 first
_NO_MACHINE = "no machine was named; name one with --hw or hardware = [...]"


@metric("latency", Kind.TIME)
def latency(subject: Subject) -> Reading:
    """Time of one inference as predicted for the machine; `12 ms`."""
    prediction = subject.deployment.prediction
    if prediction is None:
        return Reading(value=None, why=_NO_MACHINE)
    if prediction.latency_s is None or (prediction.latency_s == 0 and not prediction.complete):
        name = subject.deployment.name
        problems = _problems(prediction) or "nothing runs"
        step = _next_step(subject, prediction)
        return Reading(value=None, why=f"no prediction on {name}: {problems}{step}")
    return Reading(
        value=prediction.latency_s,
        low=prediction.latency_low_s,
        high=prediction.latency_high_s,
        why=_bound(subject, prediction),
        causes=_slowest(prediction),
    )


@metric("unpredicted", Kind.COUNT)
def unpredicted(subject: Subject) -> Reading:
    """Kernels that the machine gives no time for."""
    prediction = subject.deployment.prediction
    if prediction is None:
        return Reading(value=None, why=_NO_MACHINE)
    found = [each for each in prediction.timings if each.latency_s is None]
    causes = tuple(brief(each.step.kernel.name) for each in found[:_MOST])
    return Reading(value=len(found), causes=causes)


def _bound(subject: Subject, prediction: Prediction) -> str:
    """Why the prediction is only a lower bound; "" where it is the whole."""
    if not prediction.complete:
        return _problems(prediction)
    if uncosted := missing(subject):
        return uncosted
    for fit in prediction.fits:
        if fit.fixed and not fit.fits:
            needed, there = format_bytes(fit.needed_bytes), format_bytes(fit.capacity_bytes)
            return f"it does not fit: {fit.what} need {needed}, {fit.memory} holds {there}"
    return "" if prediction.calibrated else _ideal(subject, prediction)


def _ideal(subject: Subject, prediction: Prediction) -> str:
    """What a time without measurements is: that of the data sheet, which nothing beats."""
    hardware, runtime = subject.deployment.hardware, subject.deployment.runtime.name
    told = f"the {prediction.time_model} time of {subject.deployment.name} at its peaks"
    if hardware is not None and hardware.calibrated_for(runtime):
        return f"{told}; leave out time_model for the calibrated one"
    return f"{told}; no measurement of {runtime} stands behind it"


def _problems(prediction: Prediction) -> str:
    """How many kernels have no time, and why the first of them has none."""
    problems = [each.problem or "no time" for each in prediction.timings if each.latency_s is None]
    if not problems:
        return ""
    first = max(dict.fromkeys(problems), key=problems.count)
    return f"{counted(len(problems), 'kernel')} without a time ({first})"


def _next_step(subject: Subject, prediction: Prediction) -> str:
    """The precision to try where only the element type is in the way; "" else."""
    there = subject.deployment.hardware.compute if subject.deployment.hardware else {}
    kernels = [each.step.kernel for each in prediction.timings if each.latency_s is None]
    missing = {each.compute_dtype for each in kernels if each.problem is None} - set(there)
    known = [dtype for dtype in _PRECISIONS if dtype in there]
    is_float = any(dtype.startswith(("float", "bfloat")) for dtype in missing)
    return f"; try --as-dtype {known[0]}" if is_float and known else ""


def _slowest(prediction: Prediction) -> tuple[str, ...]:
    timed = [(each.latency_s or 0.0, each.step.kernel.name) for each in prediction.timings]
    ranked = sorted(timed, key=lambda each: -each[0])
    return tuple(brief(name) for seconds, name in ranked[:_MOST] if seconds > 0)
