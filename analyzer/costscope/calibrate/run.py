"""This computer measured: designed networks run, fitted, and written down as a profile."""

from __future__ import annotations

import datetime as dt
import gc
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from time import perf_counter

from costscope.api import this_computer
from costscope.calibrate.agreement import agreement
from costscope.calibrate.bands import CONFIDENCE, bands
from costscope.calibrate.collect import collect
from costscope.calibrate.effort import EFFORTS, drawn, thread_counts
from costscope.calibrate.held_out import error_ratio, fitted_classes, held_out
from costscope.calibrate.machine import DRAM_BYTES, Caches, bandwidth_bytes_per_s, caches
from costscope.calibrate.overhead import overhead
from costscope.calibrate.profile import SOURCE, hardware_of, rounded
from costscope.calibrate.settings import settings_of
from costscope.calibrate.types import Calibrated, Collected, Collection, Effort, Part
from costscope.errors import UsageError
from costscope.hardware.types import Fitted, Identity
from costscope.measure.disturbance import Watch, signs
from costscope.measure.reference import reference_s
from costscope.measure.session import runtime
from costscope.measure.types import Disturbance, Progress

RUNTIME = "onnxruntime"
OnProgress = Callable[[Progress], None]
# Of a budget: what fitting takes, at least so many seconds.
_FIT_RATIO, _FIT_S = 0.04, 1.5
_REFERENCE_RUNS = 31
# The command line does without Python's collector, which would let sessions pile up.
_COLLECT_EVERY = 25


@dataclass(slots=True)
class _Teller:
    """Tells how far a calibration is, by the clock."""

    start_s: float
    budget_s: float
    on_progress: OnProgress | None
    networks: int = 0

    def tell(self, what: str) -> None:
        """Tell what is being done now."""
        if self.on_progress is not None:
            spent_s = perf_counter() - self.start_s
            done = min(1.0, spent_s / self.budget_s)
            left_s = max(0.0, self.budget_s - spent_s)
            self.on_progress(Progress(what=what, done=done, left_s=left_s))

    def network(self, what: str) -> None:
        """Tell that another network begins."""
        self.networks += 1
        if self.networks % _COLLECT_EVERY == 0:
            gc.collect()
        self.tell(f"{what}: network {self.networks}")


@dataclass(frozen=True, slots=True)
class _Bench:
    """What stays the same for all numbers of threads."""

    effort: Effort
    settings: Mapping[str, int]
    version: str
    teller: _Teller

    def collect(self, threads: int, until_s: float, what: str) -> Collection:
        """Networks of the effort's recipes, from the first seed on."""
        self.teller.networks = 0
        return collect(
            drawn(self.effort.recipes),
            threads=threads,
            settings=self.settings,
            until_s=until_s,
            on_network=lambda: self.teller.network(what),
        )


def calibrate(
    effort: str | Effort = "default",
    *,
    threads: Sequence[int] = (),
    name: str = "host",
    force: bool = False,
    on_progress: OnProgress | None = None,
) -> Calibrated:
    """The profile of this computer with onnxruntime; nothing is saved.

    Args:
        effort: `quick`, `default`, `thorough`, or one of your own.
        threads: of one operator; one profile holds several numbers. One thread, or what a
            thorough calibration takes, if none are given.
        name: of the profile.
        force: said in the notes of a profile from a disturbed machine.
        on_progress: told what is being done, never while something is timed.

    Raises:
        UsageError: no such effort, more threads than processors, or no onnxruntime or scipy.
        ModelError: more than a tenth of the designed networks fail.
    """
    chosen = _effort(effort)
    version, this, start_s = str(runtime().__version__), this_computer(), perf_counter()
    _check_solver()
    counts = thread_counts(chosen, threads, this.cores)
    teller = _Teller(start_s, chosen.budget_s * len(counts), on_progress)
    teller.tell("caches and memory")
    sizes = caches()
    bandwidths = _bandwidths(sizes, max(counts))
    bench = _Bench(chosen, settings_of(this.flags, sizes), version, teller)
    parts: list[Part] = []
    found: list[Disturbance] = []
    for index, count in enumerate(counts):
        end_s = start_s + chosen.budget_s * (index + 1)
        part, signs_of_it = _part(bench, count, end_s, repeat=index == 0)
        parts.append(part)
        found += signs_of_it
    disturbances = _worst(found)
    hardware = hardware_of(
        parts,
        name=name,
        identity=_today(this),
        caches=sizes,
        bandwidths=bandwidths,
        disturbances=disturbances,
        forced=force,
    )
    wall_s = perf_counter() - start_s
    return Calibrated(
        hardware=hardware,
        parts=tuple(parts),
        disturbances=disturbances,
        wall_s=wall_s,
        effort=chosen.name,
    )


def _effort(effort: str | Effort) -> Effort:
    if isinstance(effort, Effort):
        return effort
    if effort not in EFFORTS:
        raise UsageError(f"effort {effort!r}: choose one of {', '.join(EFFORTS)}")
    return EFFORTS[effort]


def _bandwidths(sizes: Caches, threads: int) -> dict[str, float]:
    """Bytes a second of each memory, from arrays that fill half of it."""
    halves = {"l2": sizes.l2_bytes // 2, "dram": 2 * DRAM_BYTES}
    if sizes.has_l3:
        halves["l3"] = sizes.l3_bytes // 2 // threads  # which all cores share
    return {name: bandwidth_bytes_per_s(size, threads) for name, size in halves.items()}


def _part(
    bench: _Bench, threads: int, end_s: float, *, repeat: bool
) -> tuple[Part, tuple[Disturbance, ...]]:
    """What one number of threads leads to, and how quiet the machine was."""
    effort = bench.effort
    fit_from_s = end_s - max(_FIT_S, _FIT_RATIO * effort.budget_s)
    repeat_s = effort.budget_s * effort.repeat_ratio if repeat else 0.0
    what = "1 thread" if threads == 1 else f"{threads} threads"
    before_s = reference_s(_REFERENCE_RUNS, threads)
    with Watch() as watch:
        first = bench.collect(threads, fit_from_s - repeat_s, what)
        again = bench.collect(threads, fit_from_s, f"{what}, repeat") if repeat_s else None
    after_s = reference_s(_REFERENCE_RUNS, threads)
    bench.teller.tell(f"{what}: fitting")
    part = _fit(bench, first, again, (before_s, after_s))
    seen = signs((), watch.facts, reference_before_s=before_s, reference_after_s=after_s)
    return part, seen


def _fit(
    bench: _Bench, first: Collection, again: Collection | None, reference: tuple[float, float]
) -> Part:
    networks: Sequence[Collected] = [*first.networks, *(again.networks if again else ())]
    over = overhead(networks)
    tested = held_out(networks, over)
    error = error_ratio(tested)
    fitted = Fitted(
        runtime=RUNTIME,
        version=bench.version,
        threads=first.threads,
        classes=fitted_classes(networks, over),
        run_s=over.run_s,
        settings=bench.settings,
        bands=bands(tested),
        confidence=CONFIDENCE,
        error_ratio=None if error is None else rounded(error),
        reference_s=rounded(reference[0]),
        source=SOURCE,
    )
    return Part(
        fitted=fitted,
        collection=first,
        held_out=tested,
        profiler_s=over.profiler_s,
        reference_s=reference,
        agreement=agreement(first.networks, again.networks) if again else None,
    )


def _worst(found: Iterable[Disturbance]) -> tuple[Disturbance, ...]:
    """The strongest sign of each kind."""
    by_kind: dict[str, Disturbance] = {}
    for each in found:
        if each.kind not in by_kind or abs(each.amount) > abs(by_kind[each.kind].amount):
            by_kind[each.kind] = each
    return tuple(by_kind.values())


def _today(this: Identity) -> Identity:
    """The computer, as it is measured today."""
    return replace(this, date=dt.datetime.now(tz=dt.UTC).date().isoformat())


def _check_solver() -> None:
    """Refuse before minutes are spent on what could not be fitted."""
    if find_spec("scipy") is None:
        raise UsageError("calibrate needs scipy: pip install 'costscope[runtime]'")
