"""A guideline's experiment, with measuring and predicting handed in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from costscope.experiment import published
from costscope.experiment.agreement import agreements
from costscope.experiment.network import network
from costscope.experiment.types import Experiment, Guideline, Interval, Outcome, Row
from costscope.experiment.verdict import papers_own, verdict

if TYPE_CHECKING:
    from costscope.measure.types import Measurement
    from costscope.timing.types import Prediction

Measure = Callable[[Sequence[Any]], Sequence["Measurement"]]
Predict = Callable[[Any], "Prediction | None"]
_BLOCK = 8  # channels that the narrower vector units take at a time
_MOST_LINES = 3  # of one kind of note


def run(
    name: str,
    *,
    measure: Measure | None = None,
    predict: Predict | None = None,
    sizes: str = "cpu",
    seed: int = 0,
    hardware: str = "",
) -> Experiment:
    """A guideline's networks measured together, predicted, and held against the paper.

    Args:
        name: `g1` to `g4`.
        measure: a Measurement for each of the models, in their order; None to run nothing.
        predict: a model's Prediction; None for no predictions.
        sizes: whose channels the networks have: those of the paper's `cpu` or of its `gpu`.
        seed: of random weights.
        hardware: name of the machine that `predict` is for.

    Raises:
        UsageError: no such guideline or platform.
    """
    guideline = published.guideline(name)
    rows = published.rows(name, sizes)
    models = [network(row, seed=seed) for row in rows]
    found: Sequence[Measurement | None] = measure(models) if measure else [None] * len(rows)
    outcomes = tuple(
        _outcome(row, model, measurement, predict)
        for row, model, measurement in zip(rows, models, found, strict=True)
    )
    first = next((each for each in found if each is not None), None)
    return Experiment(
        guideline=guideline,
        sizes=sizes,
        outcomes=outcomes,
        agreements=agreements(outcomes),
        verdict=verdict(guideline, outcomes, where=_where(first, hardware)),
        hardware=hardware if predict else "",
        computer=first.computer if first else None,
        runtime=_runtime(first) if first else "",
        notes=tuple(_notes(guideline, sizes, outcomes)),
    )


def _outcome(
    row: Row, model: Any, measurement: Measurement | None, predict: Predict | None
) -> Outcome:
    from costscope.pipeline import analyze

    totals = analyze(model).totals
    prediction = predict(model) if predict else None
    return Outcome(
        row=row,
        macs=totals.work.macs,
        memory_access=totals.memory_access,
        measured=measurement.latency if measurement else None,
        predicted=_interval(prediction),
        lower_bound=prediction is not None and not prediction.calibrated,
        disturbances=_disturbances(measurement),
        problem=_problem(prediction),
        warnings=prediction.warnings if prediction else (),
    )


def _interval(prediction: Prediction | None) -> Interval | None:
    """The predicted latency; None if a kernel is missing from the sum."""
    if prediction is None or prediction.latency_s is None or not prediction.complete:
        return None
    if not prediction.calibrated:
        return Interval(prediction.latency_s)
    return Interval(prediction.latency_s, prediction.latency_low_s, prediction.latency_high_s)


def _problem(prediction: Prediction | None) -> str:
    if prediction is None:
        return ""
    problems = dict.fromkeys(each.problem for each in prediction.timings if each.problem)
    return "; ".join(problems)


def _disturbances(measurement: Measurement | None) -> tuple[str, ...]:
    if measurement is None:
        return ()
    return tuple(each.message for each in measurement.disturbances)


def _where(measurement: Measurement | None, hardware: str) -> str:
    """The end of `holds ...`."""
    if measurement is not None:
        return f" on this machine ({_runtime(measurement)})"
    return f" on {hardware}" if hardware else ""


def _runtime(measurement: Measurement) -> str:
    threads = f"{measurement.threads} thread{'s' if measurement.threads > 1 else ''}"
    version = f"onnxruntime {measurement.runtime_version}".strip()
    return f"{version}, level {measurement.optimization}, {threads}"


def _notes(guideline: Guideline, sizes: str, outcomes: Sequence[Outcome]) -> Iterator[str]:
    counts = {
        each.short: "{} of {}".format(*papers_own(guideline, key))
        for key, each in published.platforms().items()
    }
    told = ", ".join(f"{count} on the {short}" for short, count in counts.items())
    yield f"By the same count the paper's own speeds come out as the guideline says in {told}."
    yield from _about_channels(guideline, sizes, outcomes)
    if any(each.lower_bound for each in outcomes):
        yield "The machine is not calibrated: predictions (>=) are lower bounds by its roofline."
    yield from _few("Not predicted", [each.problem for each in outcomes])
    yield from _few("Of the predictions", [line for each in outcomes for line in each.warnings])
    yield from _few("Disturbed", [line for each in outcomes for line in each.disturbances])


def _about_channels(guideline: Guideline, sizes: str, outcomes: Sequence[Outcome]) -> Iterator[str]:
    own = published.platforms()[sizes]
    for key, other in published.platforms().items():
        if [row.channels for row in guideline.rows[key]] != [e.row.channels for e in outcomes]:
            yield (
                f"Channels are those of the paper's {own.short}; its {other.short} ran the same "
                "settings and scales with other channels."
            )
    even = [each for each in outcomes if not any(c % _BLOCK for c in each.row.channels)]
    if len(even) == len(outcomes):
        return
    rest = verdict(guideline, even)
    count = rest.confirmed + rest.against + rest.undecided
    yield (
        f"{len(outcomes) - len(even)} of {len(outcomes)} networks have channels that are no "
        f"multiple of {_BLOCK}, as in the paper: kernels that take channels in blocks pad them or "
        "are not used, which is apart from what the guideline is about. Among the other networks "
        f"{rest.confirmed} of {count} comparisons come out as it says, {rest.against} the other "
        "way."
    )


def _few(what: str, lines: Sequence[str]) -> Iterator[str]:
    """The first few different lines, and how many more there are."""
    found = list(dict.fromkeys(line.rstrip(".") for line in lines if line))
    yield from (f"{what}: {line}." for line in found[:_MOST_LINES])
    if len(found) > _MOST_LINES:
        yield f"{what}: {len(found) - _MOST_LINES} more like these (--format json has all)."
