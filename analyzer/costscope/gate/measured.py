"""Latency as it is measured here, in place of the prediction: only where it is asked for.

What was measured differs from run to run; its interval says by how much.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from costscope.errors import CostscopeError, UsageError
from costscope.gate.many import OnDone
from costscope.gate.models import Model
from costscope.gate.one import Request, own_sizes
from costscope.gate.types import Checked, Figure
from costscope.measure.run import measure
from costscope.measure.settings import Settings
from costscope.measure.types import Measurement
from costscope.units import rounded

_LATENCY = "latency"
_ONLY = ("as_dtype", "time_model", "runtime", "trip_count")


def check_request(request: Request) -> None:
    """Refuse what cannot be measured here.

    Raises:
        UsageError: another machine, or a setting that only a prediction has.
    """
    others = [each.hardware.name for each in request.machines if not each.is_host]
    if others:
        raise UsageError(
            f"--measured measures this computer, not {', '.join(others)}; "
            "use it with --hw host or without --hw"
        )
    found = [key for key in _ONLY if key in request.asked]
    if found:
        raise UsageError(f"--measured runs the file as it is: leave out {', '.join(found)}")


def with_measured(
    models: Sequence[Model],
    checked: Sequence[Checked],
    request: Request,
    *,
    on_done: OnDone | None = None,
) -> tuple[Checked, ...]:
    """What was checked, with the measured latency instead of the predicted one.

    Raises:
        UsageError: onnxruntime is not installed.
    """
    good = {each.model for each in checked if not each.error}
    wanted = [model for model in models if model.name in good]
    settings = Settings(threads=request.asked.get("threads", 1))
    found: dict[str, Figure] = {}
    for index, model in enumerate(wanted):
        own = own_sizes(model, request)
        bound = replace(settings, dims=own["dims"], input_shapes=own["input_shapes"])
        found[model.name] = _figure(model, bound)
        if on_done is not None:
            on_done(model, (index + 1) / len(wanted))
    return tuple(_replaced(each, found) for each in checked)


def _figure(model: Model, settings: Settings) -> Figure:
    try:
        measurement = measure([model.source], settings)[0]
    except UsageError:
        raise
    except CostscopeError as error:
        return _unknown(str(error))
    return _read(measurement)


def _read(measurement: Measurement) -> Figure:
    spread = measurement.latency
    if spread is None:
        return _unknown(measurement.error or "it was not measured")
    runtime = f"onnxruntime {measurement.runtime_version}, {measurement.threads} thread(s)"
    disturbed = "; ".join(each.message for each in measurement.disturbances)
    told = f"measured here with {runtime}, median of {spread.runs} runs"
    return Figure(
        metric=_LATENCY,
        unit="s",
        value=rounded(spread.median_s),
        low=rounded(spread.low_s),
        high=rounded(spread.high_s),
        source=f"{told}; {disturbed}" if disturbed else told,
    )


def _unknown(why: str) -> Figure:
    return Figure(metric=_LATENCY, unit="s", value=None, why=f"it cannot be measured: {why}")


def _replaced(checked: Checked, found: Mapping[str, Figure]) -> Checked:
    figure = found.get(checked.model)
    if figure is None:
        return checked
    figures = tuple(figure if each.metric == _LATENCY else each for each in checked.figures)
    return replace(checked, figures=figures, calibrated=figure.value is not None)
