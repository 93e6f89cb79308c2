"""Kernels that a machine leaves to another one: who runs where, and what is copied."""

from __future__ import annotations

from dataclasses import dataclass

from costscope.hardware.types import Fallback, Hardware
from costscope.schedule.types import Schedule
from costscope.work import FREE


@dataclass(frozen=True, slots=True)
class Move:
    """Where a kernel runs and what it waits for.

    Attributes:
        away: whether it runs on the fallback.
        copied_bytes: activations it reads that the other side wrote.
    """

    away: bool
    copied_bytes: int


def moves(schedule: Schedule, hardware: Hardware) -> tuple[Move, ...]:
    """Where every kernel runs; a view stays where its data is."""
    away: dict[str, bool] = {}
    found = []
    for step in schedule.steps:
        kernel = step.kernel
        sides = {t.name: away.get(t.name, False) for t in kernel.reads}
        if kernel.kind in FREE:
            here = any(sides.values())
        else:
            here = hardware.kinds is not None and kernel.kind not in hardware.kinds
        copied = sum(t.nbytes for t in kernel.reads if t.name in away and sides[t.name] != here)
        found.append(Move(here, copied))
        away.update((tensor.name, here) for tensor in kernel.writes)
    return tuple(found)


def copy_seconds(move: Move, fallback: Fallback) -> float:
    """What it takes before a kernel can start: a wait and the copy."""
    if not move.copied_bytes:
        return 0.0
    return fallback.sync_s + move.copied_bytes / fallback.bandwidth_bytes_per_s
