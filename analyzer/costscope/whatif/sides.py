"""What kernels take where a machine leaves some of them to another one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from costscope.hardware.types import Hardware
from costscope.kernels.types import Kernel
from costscope.schedule.types import Step
from costscope.timing.elsewhere import Move, copy_seconds, moves
from costscope.timing.step import Prepared, timing_of
from costscope.whatif.around import Around
from costscope.work import FREE, KernelKind


@dataclass(frozen=True, slots=True)
class Priced:
    """Kernels of a part of a network with what they take.

    Attributes:
        seconds: of each, copies before it included; None where it is not known.
        away: whether another machine makes an activation, by its name.
    """

    seconds: tuple[float | None, ...]
    away: Mapping[str, bool]


def priced(around: Around, kernels: Sequence[Kernel], machine: Prepared) -> Priced | None:
    """What kernels take in their network; None where others decide on it, too."""
    hardware = around.deployment.hardware
    if hardware is None or not around.falls_back:
        return Priced(tuple(_here(around, kernel, machine) for kernel in kernels), {})
    found = _moves(around, kernels, hardware)
    left = [kernel for kernel, move in zip(kernels, found, strict=True) if move.away]
    other, fallback = around.elsewhere, hardware.fallback
    if not around.left and not left:
        return Priced(tuple(_here(around, kernel, machine) for kernel in kernels), {})
    if other is None or fallback is None or not _of_one_type(around, left):
        return None
    seconds = []
    for kernel, move in zip(kernels, found, strict=True):
        time_s = _seconds(kernel, other if move.away else machine)
        seconds.append(None if time_s is None else time_s + copy_seconds(move, fallback))
    away = {
        tensor.name: move.away
        for kernel, move in zip(kernels, found, strict=True)
        for tensor in kernel.writes
    }
    return Priced(tuple(seconds), away)


def _here(around: Around, kernel: Kernel, machine: Prepared) -> float | None:
    """What a kernel takes where nothing runs elsewhere; told before, if it was priced before."""
    known = around.known_seconds(kernel) if machine is around.machine else None
    return _seconds(kernel, machine) if known is None else known


def _seconds(kernel: Kernel, machine: Prepared) -> float | None:
    return timing_of(Step(kernel, 0), machine).latency_s


def _of_one_type(around: Around, kernels: Sequence[Kernel]) -> bool:
    """Whether the other machine goes on computing in one element type, which decides its rates."""
    known = {step.kernel.compute_dtype for step in around.left}
    return {kernel.compute_dtype for kernel in kernels} <= known


def _moves(around: Around, kernels: Sequence[Kernel], hardware: Hardware) -> tuple[Move, ...]:
    """Where kernels run, behind others that make what enters them on its side."""
    made = {tensor.name for kernel in kernels for tensor in kernel.writes}
    entering = {t.name: t for k in kernels for t in k.reads if t.name not in made}
    kinds = hardware.kinds or frozenset()
    here = next((kind for kind in KernelKind if kind in kinds and kind not in FREE), None)
    away = next((kind for kind in KernelKind if kind not in kinds and kind not in FREE), None)
    makers = []
    for name, tensor in entering.items():
        kind = away if around.sides.get(name) else here
        if name in around.sides and kind is not None and kernels:
            makers.append(replace(kernels[0], kind=kind, reads=(), writes=(tensor,)))
    schedule = around.deployment.schedule
    steps = tuple(Step(kernel, 0) for kernel in (*makers, *kernels))
    return moves(replace(schedule, steps=steps), hardware)[len(makers) :]
