"""A measurement's totals as facts and sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from costscope.measure.types import Computer, Measurement
from costscope.units import format_latency, format_percent
from costscope.views.measurement import figures, words
from costscope.views.measurement.figures import Row, Total
from costscope.views.report.names import brief, clean, counted
from costscope.views.report.shares import AT_LEAST, NONE, share
from costscope.views.report.types import Fact, Section, Tone

_GOOD_RATIO = 0.1  # an error that is good without an interval
_ENOUGH_TRACED = 0.99
_BANDS = (0.1, 0.2)
_NAMED = 5
_WEIGHTS = {
    "file": "weights from the file",
    "random": "distinct random weights",
    "as given": "weights as given: constants filled with one value",
}


def title(measurement: Measurement) -> str:
    """Model and machine."""
    model, computer = clean(measurement.model), measurement.computer
    if computer is None:
        return f"{model}, from a recorded profile"
    return f"{model}, measured on {clean(computer.cpu) or 'this machine'}"


def setting(measurement: Measurement) -> str:
    """What it ran in and on."""
    version = clean(measurement.runtime_version)
    parts = [f"onnxruntime {version}" if version else "onnxruntime"]
    parts.append(clean(measurement.provider))
    parts.append(counted(measurement.threads, "thread"))
    parts.append(f"optimisation level {clean(measurement.optimization)}")
    given = [", ".join(part for part in parts if part)]
    given.append(_WEIGHTS.get(measurement.weights, clean(measurement.weights)))
    if measurement.computer is not None:
        given.append(_computer(measurement.computer))
    return "; ".join(given)


def facts(measurement: Measurement, rows: Sequence[Row]) -> tuple[Fact, ...]:
    """Latency, prediction or roof, errors of the kernels, the profiler's share, coverage."""
    if measurement.error:
        return (Fact("measured", NONE, f"failed: {clean(measurement.error)}", Tone.BAD),)
    total = figures.total_of(measurement)
    found = [measured(measurement, total)]
    if measurement.prediction is None:
        found.append(_no_prediction())
    elif figures.estimate(measurement) is None:
        found.append(_roof(measurement, total))
    else:
        found.append(_predicted(measurement, total))
        found += _kernel_errors(rows)
    found += _profiler(measurement)
    if measurement.kernels or measurement.unmatched:
        found.append(_coverage(measurement))
    return tuple(found)


def measured(measurement: Measurement, total: Total) -> Fact:
    """The latency as it was measured."""
    if measurement.latency is None:
        note = "sum of the kernels in a recorded profile, the profiler's own time included."
        return Fact("measured", format_latency(total.measured_s), note)
    spread = measurement.latency
    tone = Tone.WARNING if measurement.disturbances else Tone.GOOD
    return Fact("measured", words.median(spread), f"{words.runs(spread)}.", tone)


def prediction_text(total: Total) -> str:
    """`12.9 ms`, `>= 9.8 ms` for a part of the kernels, or a dash."""
    if total.predicted_s is None:
        return NONE
    return ("" if total.complete else AT_LEAST) + format_latency(total.predicted_s)


def warnings(measurement: Measurement) -> list[Section]:
    """Signs that the machine was not quiet; nothing if there are none."""
    if not measurement.disturbances:
        return []
    lines = [clean(each.message) for each in measurement.disturbances]
    if measurement.retries:
        lines.append(f"{_thrown_away(measurement)}; this one was disturbed too.")
    head = "The machine was not quiet: measure again before relying on these figures"
    return [Section(head, lines=tuple(lines), tone=Tone.WARNING)]


def notes(measurement: Measurement, rows: Sequence[Row]) -> list[Section]:
    """What else a reader must know."""
    lines = [clean(note) for note in measurement.notes]
    if measurement.prediction is not None:
        lines += [clean(warning) for warning in measurement.prediction.warnings]
    if measurement.retries and not measurement.disturbances:
        lines.append(f"{_thrown_away(measurement)}.")
    if figures.estimate(measurement) is not None:
        lines += _unpredicted(rows)
    if measurement.unmatched:
        named = ", ".join(brief(name) for name in measurement.unmatched[:_NAMED])
        more = len(measurement.unmatched) - _NAMED
        rest = f" and {more} more" if more > 0 else ""
        number = counted(len(measurement.unmatched), "event")
        lines.append(f"no kernel was found for {number} of the profile: {named}{rest}.")
    return [Section("Notes", lines=tuple(lines))] if lines else []


def _computer(computer: Computer) -> str:
    parts = [f"{clean(computer.architecture)} with {counted(computer.cores, 'core')}"]
    parts.append(" ".join(map(clean, computer.flags)))
    parts.append(f"governor {clean(computer.governor)}" if computer.governor else "")
    parts.append(clean(computer.system))
    return ", ".join(part for part in parts if part)


def _no_prediction() -> Fact:
    note = (
        "no machine was named; --hw NAME sets its prediction beside ('costscope calibrate' "
        "makes the profile of this one: --hw host)."
    )
    return Fact("predicted", NONE, note, Tone.FAINT)


def _roof(measurement: Measurement, total: Total) -> Fact:
    machine = clean(measurement.hardware) or "the machine"
    known = (
        f"{machine} is not calibrated for onnxruntime: its roofline is a lower bound and no "
        "prediction."
    )
    if total.roof_s is None:
        return Fact("roofline", NONE, known, Tone.FAINT)
    attained = f"{share(total.roof_ratio)} of the roof attained; " if total.roof_ratio else ""
    return Fact("roofline", AT_LEAST + format_latency(total.roof_s), attained + known)


def _predicted(measurement: Measurement, total: Total) -> Fact:
    machine = clean(measurement.hardware) or "the machine"
    if total.predicted_s is None:
        note = f"{machine} has no prediction for any of the kernels."
        return Fact("predicted", "no prediction", note, Tone.BAD)
    if total.error_ratio is None:
        note = f"by {machine}, a lower bound: some kernels have no prediction."
        return Fact("predicted", prediction_text(total), note, Tone.WARNING)
    parts = [f"{words.signed(total.error_ratio)} off, by {machine}"]
    if total.low_s is not None and total.high_s is not None:
        sure = f"{format_percent(total.confidence)} interval" if total.confidence else "interval"
        place = "which holds" if total.inside else "which misses"
        ends = words.interval(total.low_s, total.high_s)
        parts.append(f"{sure} {ends}, {place} the measured latency")
    good = total.inside if total.inside is not None else abs(total.error_ratio) <= _GOOD_RATIO
    tone = Tone.GOOD if good else Tone.WARNING
    return Fact("predicted", prediction_text(total), "; ".join(parts) + ".", tone)


def _kernel_errors(rows: Sequence[Row]) -> list[Fact]:
    """How far the kernels are off, one by one: errors of both signs do not cancel here."""
    ratio = figures.group_of(rows).kernel_error_ratio
    if ratio is None:
        return []
    bands = [(band, figures.within(rows, band)) for band in _BANDS]
    parts = [f"{share(part)} within {format_percent(band)}" for band, part in bands if part]
    rest = f"; of the time {', '.join(parts)}" if parts else ""
    note = f"kernel by kernel: sum of |predicted - measured| over measured{rest}."
    return [Fact("kernels off", format_percent(ratio), note)]


def _profiler(measurement: Measurement) -> list[Fact]:
    if measurement.profiled is None:
        return []
    profiled_s, kernels_s = measurement.profiled.median_s, measurement.kernels_s
    ratio = figures.profiler_ratio(measurement)
    part = f" ({share(kernels_s / profiled_s)} of it)" if profiled_s else ""
    note = (
        f"a profiled run takes {format_latency(profiled_s)}; "
        f"the kernels sum up to {format_latency(kernels_s)}{part}."
    )
    value = format_latency(profiled_s) if ratio is None else words.signed(ratio)
    return [Fact("profiler", value, note)]


def _coverage(measurement: Measurement) -> Fact:
    joined, events = figures.events(measurement)
    parts = [f"{joined} of {counted(events, 'profiled event')} joined to kernels"]
    found, covered = figures.traced(measurement), measurement.covered_ratio
    if found is not None and covered is not None:
        original, layout = found
        parts.append(
            f"{share(covered)} of their time traced: {share(original)} to original operators, "
            f"{share(layout)} to named layout work"
        )
    good = joined == events and (covered or 0.0) >= _ENOUGH_TRACED
    value = format_percent(joined / events) if events else NONE
    return Fact("coverage", value, "; ".join(parts) + ".", Tone.GOOD if good else Tone.WARNING)


def _unpredicted(rows: Sequence[Row]) -> list[str]:
    """A sentence about the kernels that the prediction leaves out, with their share."""
    missing = [row for row in rows if row.predicted_s is None]
    if not missing:
        return []
    reasons = Counter(clean(row.reason) or "no reason stated" for row in missing)
    told = ", ".join(f"{why} ({number})" for why, number in reasons.most_common(_NAMED))
    whole = figures.group_of(rows).measured_s
    part = figures.group_of(missing).measured_s / whole if whole else 0.0
    number = counted(len(missing), "kernel")
    return [f"no prediction for {number}, {share(part)} of the measured time: {told}."]


def _thrown_away(measurement: Measurement) -> str:
    number = counted(measurement.retries, "disturbed attempt")
    return f"{number} {'was' if measurement.retries == 1 else 'were'} thrown away"
