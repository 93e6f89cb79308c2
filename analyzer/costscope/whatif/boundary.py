"""What it costs that kernels run elsewhere: changes of the machine and the copies they need."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from math import fsum

from costscope.analysis.types import Deployment
from costscope.kernels.types import Kernel
from costscope.timing.elsewhere import copy_seconds, moves
from costscope.whatif.case import Case
from costscope.work import FREE


@dataclass(frozen=True, slots=True, kw_only=True)
class Boundary:
    """Copies between a machine and the one that runs what it does not.

    Attributes:
        switches: how often a kernel waits for data of the other machine.
        copied_bytes: activations copied in one inference.
        copy_s: what waiting and copying takes.
    """

    switches: int
    copied_bytes: int
    copy_s: float

    def __sub__(self, other: Boundary) -> Boundary:
        return Boundary(
            switches=self.switches - other.switches,
            copied_bytes=self.copied_bytes - other.copied_bytes,
            copy_s=self.copy_s - other.copy_s,
        )


def boundary(deployment: Deployment, here: Collection[str] = ()) -> Boundary:
    """The copies of a deployment; none without a fallback.

    Args:
        deployment: of a model on a machine.
        here: names of kernels that are taken to run on the machine itself.
    """
    hardware = deployment.hardware
    if hardware is None or hardware.fallback is None or not hardware.kinds:
        return Boundary(switches=0, copied_bytes=0, copy_s=0.0)
    kind = min(hardware.kinds - FREE, default=None)
    schedule = deployment.schedule
    steps = tuple(
        replace(step, kernel=replace(step.kernel, kind=kind))
        if kind is not None and step.kernel.name in here
        else step
        for step in schedule.steps
    )
    found = moves(replace(schedule, steps=steps), hardware)
    return Boundary(
        switches=sum(move.copied_bytes > 0 for move in found),
        copied_bytes=sum(move.copied_bytes for move in found),
        copy_s=fsum(copy_seconds(move, hardware.fallback) for move in found),
    )


def own_seconds(case: Case, kernels: Collection[Kernel]) -> float | None:
    """Predicted seconds of some kernels without their waiting for copies; None if not known."""
    time_s, hardware = case.seconds(kernels), case.hardware
    if time_s is None or hardware is None or hardware.fallback is None:
        return time_s
    if not any(timing.fallback for timing in case.timing_of.values()):
        return time_s
    names = {kernel.name for kernel in kernels}
    steps = case.deployment.schedule.steps
    pairs = zip(steps, moves(case.deployment.schedule, hardware), strict=True)
    waiting = (move for step, move in pairs if step.kernel.name in names)
    return time_s - fsum(copy_seconds(move, hardware.fallback) for move in waiting)


def caused_by(deployment: Deployment, kernels: Collection[Kernel]) -> Boundary:
    """The copies that some kernels cause: what there would not be if the machine ran them."""
    names = {kernel.name for kernel in kernels}
    return boundary(deployment) - boundary(deployment, names)
