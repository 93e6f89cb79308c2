"""A validation: every network measured, predicted, and at the end measured again."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from costscope.accuracy.families import family_of
from costscope.accuracy.result import (
    calibration_facts,
    with_measurement,
    with_prediction,
    with_retest,
)
from costscope.accuracy.subjects import Subject
from costscope.accuracy.types import Accuracy, NetworkResult
from costscope.analysis.types import Deployment
from costscope.hardware.types import Hardware
from costscope.measure.settings import Settings
from costscope.measure.types import Measurement, Progress

Measure = Callable[[Sequence[Any], Settings], Sequence[Measurement]]
Predict = Callable[[Any, Settings], Deployment]
OnProgress = Callable[[Progress], None]

RUNTIME = "onnxruntime"
_LONGEST_REASON = 200


@dataclass(slots=True)
class _Pace:
    """How far a run is, and what that says of the time left."""

    steps: int
    tell: OnProgress
    clock: Callable[[], float]
    began_s: float = 0.0
    done: int = field(default=0)

    def next(self, what: str) -> None:
        """Say what comes now."""
        if self.done == 0:
            self.began_s = self.clock()
        spent_s = self.clock() - self.began_s
        left_s = spent_s / self.done * (self.steps - self.done) if self.done else None
        self.tell(Progress(what=what, done=self.done / self.steps, left_s=left_s))
        self.done += 1

    def end(self) -> None:
        """Say that nothing is left."""
        self.tell(Progress(what="done", done=1.0, left_s=0.0))


def validate(
    models: Sequence[Subject],
    hardware: Hardware,
    *,
    threads: int = 1,
    optimization: str = "all",
    time_limit_s: float = 10.0,
    seed: int = 0,
    dims: Mapping[str, int] | None = None,
    retest: bool = True,
    measure: Measure | None = None,
    predict: Predict | None = None,
    on_progress: OnProgress | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Accuracy:
    """How far the predictions of a machine's profile are from what is measured here.

    Weights are random, distinct and of full size. The second measurements come when all
    first ones are done, in another order: they tell how far the machine is from itself.
    A network that cannot be measured or predicted is a row with its reason.

    Args:
        models: the networks; none of their latencies may stand behind the profile.
        hardware: a calibrated machine, this one.
        threads: threads of one operator.
        optimization: `none`, `basic`, `extended` or `all`.
        time_limit_s: for each measurement.
        seed: of weights, inputs and the second order.
        dims: sizes of open dimensions, by symbol.
        retest: whether to measure twice.
        measure: what measures; `costscope.measure.run.measure` if None.
        predict: what predicts, the runtime's graph too; `costscope.analyze` if None.
        on_progress: is told what is being done.
        clock: seconds from any start.

    Raises:
        UsageError: a setting is out of range, or onnxruntime is not installed.
    """
    settings = Settings(
        threads=threads,
        optimization=optimization,
        time_limit_s=time_limit_s,
        random_weights=True,
        seed=seed,
        dims=dict(dims or {}),
        hardware=hardware,
    )
    pace = _Pace(len(models) * (3 if retest else 2), on_progress or (lambda _: None), clock)
    runs = _Runs(settings, measure or _measure(), predict or _predict, pace, [], [])
    rows = [runs.first(each) for each in models]
    if retest:
        rows = runs.in_another_order(models, rows)
    pace.end()
    return _accuracy(hardware, runs, rows)


@dataclass(frozen=True, slots=True)
class _Runs:
    """What measures and predicts, and what was seen on the way."""

    settings: Settings
    measure: Measure
    predict: Predict
    pace: _Pace
    seen: list[Measurement]
    warnings: list[str]

    def first(self, subject: Subject) -> NetworkResult:
        """The row of a network: predicted from its file alone, and measured."""
        row = NetworkResult(name=subject.name, family=family_of(subject.name))
        self.pace.next(f"predicting {subject.name}")
        row = _tried("prediction", row, lambda: self._predicted(subject, row))
        self.pace.next(f"measuring {subject.name}")
        predicted = row
        return _tried("measurement", row, lambda: self._measured(subject, predicted))

    def in_another_order(
        self, models: Sequence[Subject], rows: Sequence[NetworkResult]
    ) -> list[NetworkResult]:
        """The rows with second measurements of those that have a first one."""
        found = list(rows)
        order = [i for i, row in enumerate(rows) if row.measured is not None]
        random.Random(self.settings.seed).shuffle(order)  # noqa: S311 - an order, not a secret
        self.pace.done = self.pace.steps - len(order)
        for i in order:
            found[i] = self.again(models[i], rows[i])
        return found

    def again(self, subject: Subject, row: NetworkResult) -> NetworkResult:
        """The row with its second measurement; as it was if that fails."""
        self.pace.next(f"measuring {subject.name} again")
        found = _tried("", row, lambda: with_retest(row, self._one(subject)))
        return replace(found, error=row.error)

    def _predicted(self, subject: Subject, row: NetworkResult) -> NetworkResult:
        deployment = self.predict(subject.model, self.settings)
        if deployment.prediction is not None:
            self.warnings.extend(deployment.prediction.warnings)
        return with_prediction(row, deployment)

    def _measured(self, subject: Subject, row: NetworkResult) -> NetworkResult:
        found = self._one(subject)
        self.seen.append(found)
        return with_measurement(row, found)

    def _one(self, subject: Subject) -> Measurement:
        return self.measure([subject.model], self.settings)[0]


def _accuracy(hardware: Hardware, runs: _Runs, rows: Sequence[NetworkResult]) -> Accuracy:
    settings, ran = runs.settings, runs.seen[0] if runs.seen else None
    return Accuracy(
        hardware=hardware.name,
        threads=settings.threads,
        optimization=settings.optimization,
        date=datetime.now(UTC).date().isoformat(),
        networks=tuple(rows),
        computer=ran.computer if ran else None,
        runtime_version=ran.runtime_version if ran else "",
        calibration=calibration_facts(hardware, runtime=RUNTIME, threads=settings.threads),
        time_limit_s=settings.time_limit_s,
        warnings=tuple(dict.fromkeys(runs.warnings)),
    )


def _tried(what: str, row: NetworkResult, attempt: Callable[[], NetworkResult]) -> NetworkResult:
    """What an attempt gives; the row with the reason if it fails."""
    try:
        return attempt()
    except Exception as error:  # noqa: BLE001 - one network must not end the run of a hundred
        return _failed(what, row, error)


def _failed(what: str, row: NetworkResult, error: Exception) -> NetworkResult:
    words = " ".join(str(error).split()) or type(error).__name__
    reason = f"{what}: {words[:_LONGEST_REASON]}"
    return replace(row, error=f"{row.error}; {reason}" if row.error else reason)


def _measure() -> Measure:
    from costscope.measure.run import measure
    from costscope.measure.session import runtime

    runtime()  # where it is missing every network would fail for the same reason
    return measure


def _predict(model: Any, settings: Settings) -> Deployment:
    """The model as the profile's runtime would run it, from the file alone."""
    from costscope import analyze

    analysis = analyze(
        model,
        settings.hardware,
        dims=settings.dims,
        threads=settings.threads,
        optimization=settings.optimization,
    )
    return analysis.first
