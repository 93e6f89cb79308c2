"""Memory that a network holds while it runs."""

from __future__ import annotations

from costscope.gate.metrics import Kind, Reading, Subject, metric
from costscope.gate.metrics.cost import missing
from costscope.schedule.types import Schedule
from costscope.views.report.names import brief

_UNKNOWN_SIZE = "the size of some tensor is unknown"


@metric("peak_memory", Kind.BYTES)
def peak_memory(subject: Subject) -> Reading:
    """Most bytes of activations held at once; `512 KiB`."""
    schedule = subject.deployment.schedule
    return Reading(
        value=schedule.peak.nbytes, why=_why(subject, schedule), causes=_causes(schedule)
    )


@metric("working_memory", Kind.BYTES)
def working_memory(subject: Subject) -> Reading:
    """Bytes of activations and buffers as the runtime lays them out, where its layout is known."""
    schedule = subject.deployment.schedule
    why = _why(subject, schedule)
    if schedule.arena is None and not why:
        name = subject.deployment.runtime.name
        why = f"how {name} lays out its memory is not known; peak_memory needs no layout"
    return Reading(value=schedule.working_bytes, why=why, causes=_causes(schedule))


def _why(subject: Subject, schedule: Schedule) -> str:
    return missing(subject) or ("" if schedule.complete else _UNKNOWN_SIZE)


def _causes(schedule: Schedule) -> tuple[str, ...]:
    return (brief(schedule.peak.kernel),) if schedule.peak.kernel else ()
