"""The experiments on this machine: what is measured, and by which profile it is predicted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from costscope.errors import ProfileError
from costscope.experiment import published
from costscope.experiment.run import Measure, Predict, run
from costscope.experiment.types import Experiment

if TYPE_CHECKING:
    from costscope.hardware.types import Hardware
    from costscope.measure.settings import Settings
    from costscope.measure.types import Progress
    from costscope.timing.types import Prediction

OnProgress = Callable[["Progress"], None]
HOST = "host"


def experiments(
    names: Sequence[str],
    settings: Settings,
    *,
    hardware: str | None = None,
    predict_only: bool = False,
    sizes: str = "cpu",
    on_progress: OnProgress | None = None,
) -> tuple[Experiment, ...]:
    """Each guideline's networks measured interleaved, and predicted.

    Args:
        names: of guidelines.
        settings: threads, optimisation level, time limit, seed.
        hardware: name or path of a profile; the calibration of this machine if None, and no
            prediction if there is none.
        predict_only: run nothing.
        sizes: whose channels the networks have: those of the paper's `cpu` or of its `gpu`.
        on_progress: told what is being done.

    Raises:
        UsageError: no such guideline or profile; onnxruntime is missing.
    """
    wanted = [published.guideline(name).name for name in names]
    published.rows(wanted[0], sizes)
    profile = _machine(hardware, needed=predict_only)
    predict = _predictor(profile, settings) if profile else None
    return tuple(
        run(
            name,
            measure=None if predict_only else _measurer(settings, _part(on_progress, place)),
            predict=predict,
            sizes=sizes,
            seed=settings.seed,
            hardware=profile.name if profile else "",
        )
        for name, place in ((name, (at, wanted)) for at, name in enumerate(wanted))
    )


def _machine(name: str | None, *, needed: bool) -> Hardware | None:
    """The machine asked for; else this one, if it is calibrated or has to be."""
    from costscope.api import machine

    try:
        return machine(name or HOST)
    except ProfileError:
        if name is not None or needed:
            raise
        return None


def _measurer(settings: Settings, on_progress: OnProgress | None) -> Measure:
    from costscope.measure.run import measure

    return lambda models: measure(models, settings, on_progress)


def _predictor(machine: Hardware, settings: Settings) -> Predict:
    """Predictions for the threads and the level of the measurement, where they are known."""
    from costscope.api import analyze

    if not machine.fitted:
        return lambda model: analyze(model, machine).first.prediction

    def predict(model: Any) -> Prediction | None:
        return analyze(
            model, machine, threads=settings.threads, optimization=settings.optimization
        ).first.prediction

    return predict


def _part(on_progress: OnProgress | None, place: tuple[int, Sequence[str]]) -> OnProgress | None:
    """Progress of one guideline as progress of all of them."""
    if on_progress is None:
        return None
    (number, names), tell = place, on_progress
    last = number == len(names) - 1

    def told(progress: Progress) -> None:
        tell(
            replace(
                progress,
                what=f"{names[number]}: {progress.what}",
                done=(number + progress.done) / len(names),
                left_s=progress.left_s if last else None,
            )
        )

    return told
