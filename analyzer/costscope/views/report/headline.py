"""The latency in words: what it is, how sure it is, and what to do where there is none."""

from __future__ import annotations

from costscope.analysis.types import Deployment
from costscope.hardware.types import Fitted, Hardware, Rates
from costscope.timing.types import Prediction, TimeModel
from costscope.units import format_interval, format_latency, format_percent
from costscope.views.report import figures
from costscope.views.report.names import clean, counted
from costscope.views.report.shares import AT_LEAST
from costscope.views.report.types import Fact, Tone

_PRECISIONS = ("float16", "bfloat16", "int8", "int4")  # for --as-dtype, nearest to float32 first


def headline(deployment: Deployment) -> Fact:
    """The latency of a deployment, with its meaning."""
    hardware, prediction = deployment.hardware, deployment.prediction
    if hardware is None or prediction is None:
        note = "no machine was named; --hw NAME gives one ('costscope hw list' shows them)."
        return Fact("latency", "-", note, Tone.FAINT)
    if not prediction.timings:
        return Fact("latency", "0 s", "nothing runs: the graph has no operators left.")
    if figures.latency_s(prediction) is None:
        note = f"{_reasons(prediction)}. {_advice(deployment, hardware)}".strip()
        return Fact("latency", "no prediction", note, Tone.BAD)
    if prediction.latency_s == 0:
        return Fact("latency", "0 s", "nothing runs that takes time.")
    sentences = [_meaning(deployment, hardware, prediction)]
    homeless = any(fit.fixed and not fit.fits for fit in prediction.fits)
    if homeless:
        sentences.insert(0, "if it fitted, which it does not:")
    if not prediction.complete:
        sentences.append(_missing(prediction))
        sentences.append(_advice(deployment, hardware))
    sure = prediction.calibrated and prediction.complete
    tone = Tone.BAD if homeless else Tone.GOOD if sure else Tone.WARNING
    return Fact("latency", _value(prediction), " ".join(filter(None, sentences)), tone)


def latency(prediction: Prediction) -> str:
    """A latency such as `12.3 ms`, `>= 3.2 ms` for a bound, or `no prediction`."""
    if not prediction.timings:
        return "0 s"
    seconds = figures.latency_s(prediction)
    if seconds is None:
        return "no prediction"
    bound = not prediction.complete or prediction.time_model is TimeModel.ROOFLINE
    return (AT_LEAST if bound and seconds else "") + format_latency(seconds)


def _value(prediction: Prediction) -> str:
    """The latency, with an interval that held-out networks stand behind: `12.3 ms (10.9-14.0)`."""
    low, high, shown = prediction.latency_low_s, prediction.latency_high_s, latency(prediction)
    known = prediction.interval_confidence is not None and not shown.startswith(AT_LEAST)
    if known and prediction.latency_s and low is not None and high is not None:
        return format_interval(prediction.latency_s, low, high)
    return shown


def in_short(deployment: Deployment) -> str:
    """The latency with its meaning, short enough for the head of a picture."""
    prediction, hardware = deployment.prediction, deployment.hardware
    if prediction is None or hardware is None:
        return "no machine"
    known = "" if hardware.calibrated_for(deployment.runtime.name) else ", not calibrated"
    if figures.latency_s(prediction) is None:
        return latency(prediction)
    text = latency(prediction)
    if prediction.time_model is TimeModel.CALIBRATED:
        roof = format_latency(prediction.roofline_s or 0.0)
        if prediction.interval_confidence is not None:
            text = (
                f"{_value(prediction)}, {format_percent(prediction.interval_confidence)} interval"
            )
        elif interval(prediction):
            text += f" ({interval(prediction)})"
        text += f", calibrated; roofline bound {roof}"
    elif prediction.time_model is TimeModel.ADDITIVE:
        text += f", additive model{known}: expect more"
    else:
        text += f", roofline bound{known}: expect more"
    return text


def interval(prediction: Prediction) -> str:
    """The interval of a calibrated prediction, `10.9 ms to 14.0 ms`; "" without one."""
    if prediction.latency_low_s is None or prediction.latency_high_s is None:
        return ""
    low, high = prediction.latency_low_s, prediction.latency_high_s
    return f"{format_latency(low)} to {format_latency(high)}"


def _meaning(deployment: Deployment, hardware: Hardware, prediction: Prediction) -> str:
    if prediction.time_model is TimeModel.CALIBRATED:
        return _calibrated(deployment, hardware, prediction)
    runtime, name = deployment.runtime.name, clean(hardware.name)
    if hardware.calibrated_for(runtime):
        outlook = f"{name} is calibrated for {runtime}: leave out --time-model for what to expect."
    else:
        outlook = f"{name} is not calibrated for {runtime}, so expect more."
    if prediction.time_model is TimeModel.ADDITIVE:
        roof = format_latency(prediction.roofline_s or 0.0)
        return (
            "additive model: computing and moving take turns, both at full speed "
            f"(roofline bound {roof}); {outlook}"
        )
    return f"roofline bound: no run is faster; {outlook}"


def _calibrated(deployment: Deployment, hardware: Hardware, prediction: Prediction) -> str:
    fitted = hardware.fitted_for(deployment.runtime.name, prediction.threads)
    if fitted is not None and prediction.threads is not None:
        return f"{_fitted(fitted, prediction)}{_roof(prediction)}"
    rates = prediction.rates
    return "" if rates is None else f"{_rated(rates, prediction)}{_roof(prediction)}"


def _rated(rates: Rates, prediction: Prediction) -> str:
    """What was fitted to latencies of networks, and how sure that makes the prediction."""
    threads = f", {counted(rates.threads, 'thread')}" if rates.threads else ""
    sentence = f"fitted to {counted(rates.networks, 'network')} measured with {rates.runtime}"
    sentence += f"{threads} in {rates.dtype}" if rates.networks else ""
    if not rates.networks:
        sentence = f"nobody measured it: typical rates of {rates.runtime}{threads}"
    if prediction.interval_confidence is not None:
        sentence += f"; {format_percent(prediction.interval_confidence)} interval"
    elif rates.low_ratio is not None and prediction.complete:
        sentence += "; no interval: too much of it lies outside what was measured"
    if rates.ranking:
        return f"{sentence}; for ranking only."
    if rates.error_ratio is None or rates.median_error_ratio is None:
        return f"{sentence}; how far off it may be was not measured."
    mean, median = format_percent(rates.error_ratio), format_percent(rates.median_error_ratio)
    return f"{sentence}; error on networks held out: median {median}, mean {mean}."


def _fitted(fitted: Fitted, prediction: Prediction) -> str:
    """What `costscope calibrate` measured, and how sure that makes the prediction."""
    sentence = f"calibrated with {fitted.runtime} {fitted.version}, "
    sentence += counted(fitted.threads, "thread")
    if prediction.interval_confidence is not None:
        confidence = format_percent(prediction.interval_confidence)
        networks = sum(band.networks for band in fitted.bands)
        sentence += f"; {confidence} interval, from {counted(networks, 'network')}"
    if fitted.error_ratio is None:
        return f"{sentence}; its error on networks was not measured."
    return f"{sentence}; median error {format_percent(fitted.error_ratio)} on held-out networks."


def _roof(prediction: Prediction) -> str:
    ratio = figures.roof_ratio(prediction)
    if not ratio:
        return ""
    roof = format_latency(prediction.roofline_s or 0.0)
    if ratio > 1:
        return f" The roofline is above it, {roof}: it knows no Winograd and no other cache."
    return f" The roofline bound is {roof}: {format_percent(ratio)} of the roof."


def _missing(prediction: Prediction) -> str:
    without = sum(figures.problems(prediction).values())
    total = counted(len(prediction.timings), "kernel")
    return f"Not included: {without} of {total} ({_reasons(prediction, count=False)})."


def _reasons(prediction: Prediction, *, count: bool = True) -> str:
    found = figures.problems(prediction).most_common()
    texts = [
        f"{clean(why)} ({counted(number, 'kernel')})" if count else clean(why)
        for why, number in found[:2]
    ]
    rest = len(found) - len(texts)
    return "; ".join(texts) + (f"; and {rest} more reasons" if rest else "")


def _advice(deployment: Deployment, hardware: Hardware) -> str:
    """The next step where only the element type is in the way; "" else."""
    missing = {
        timing.step.kernel.compute_dtype
        for timing in figures.timings(deployment)
        if timing is not None and timing.problem and timing.step.kernel.problem is None
    } - set(hardware.compute)
    if not any(dtype.startswith(("float", "bfloat")) for dtype in missing):
        return ""
    known = [dtype for dtype in _PRECISIONS if dtype in hardware.compute]
    return f"Try --as-dtype {known[0]}." if known else ""
