"""M1: activations that exceed the memory they are meant for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from costscope.analysis.types import Severity
from costscope.hardware.types import Memory
from costscope.rules import Found, rule
from costscope.schedule.types import Step
from costscope.units import format_bytes
from costscope.whatif.case import Case
from costscope.whatif.memory import brief, int8_activation_bytes, is_managed, nearest, with_room
from costscope.whatif.origin import operators

_WHAT = "activations"
_MOST_TENSORS = 3  # named in the sentence


@rule("M1", name="activations that exceed the memory", severity=Severity.WARNING)
def activations_exceed_memory(case: Case) -> Iterator[Found]:
    """Activations that do not fit into the memory of the machine that is meant for them.

    What it finds:
        More activations held at once than the machine's memory for them has room for: an error
        where it is a hard limit (SRAM of a microcontroller), a warning where they spill into a
        slower one. Memories that software manages only: caches of processors and graphics
        units hold what is in use, and nearly every network is larger.
    Why it costs:
        Without room the network cannot run; beyond on-chip memory each map is written to a slow
        one and read back. One step decides: most others need far less.

    Example:
        MobileNetV2 at 224 in int8 needs 1,372 kB of SRAM for one inverted bottleneck with
        depthwise convolutions in place; an STM32H743 has 512 kB in one bank, an STM32F412 256.
    How to fix:
        Run the first layers patch by patch (MCUNetV2), lower the resolution or the width of
        the widest blocks, use 8-bit activations. What the evidence says of 8 bits is computed;
        the area that maps may keep follows from the bytes. The saving is that of the same
        machine with room in its nearest memory; none is told where nothing runs, or where
        weights share that memory.
    Thresholds:
        The capacity of the memory.
    Source:
        Lin et al. 2021, MCUNetV2, arXiv 2110.15352, Sections 2 and 3, Tables 1 and 3; Lin et al.
        2020, MCUNet, arXiv 2007.10319, Section 3.
    """
    memory, needed = nearest(case, _WHAT), case.deployment.schedule.working_bytes
    if memory is None or case.hardware is None or memory.capacity_bytes is None:
        return
    if needed <= memory.capacity_bytes or not is_managed(case, memory):
        return
    home = case.hardware.memory_for(_WHAT, needed)
    lost = home.fixed and home.capacity_bytes is not None and needed > home.capacity_bytes
    limit = home if lost else memory
    yield _found(case, limit, limit.capacity_bytes or 0, lost=lost)


def _found(case: Case, memory: Memory, capacity: int, *, lost: bool) -> Found:
    schedule = case.deployment.schedule
    peak, needed = schedule.peak, schedule.working_bytes
    over = [step for step in schedule.steps if step.held_bytes > capacity]
    narrow_bytes = int8_activation_bytes(case)
    evidence: dict[str, float] = {
        "needed_bytes": needed,
        "capacity_bytes": capacity,
        "over_bytes": needed - capacity,
        "steps_over": len(over),
        "area_ratio": capacity / needed,
    }
    if narrow_bytes is not None:
        evidence["int8_bytes"] = narrow_bytes
    held = ", ".join(
        f"{brief(t.name)} {format_bytes(t.nbytes)}" for t in peak.tensors[:_MOST_TENSORS]
    )
    kernel = next((k for k in case.deployment.kernels if k.name == peak.kernel), None)
    return Found(
        subject=peak.kernel,
        message=(
            f"{format_bytes(needed)} of activations held at once, "
            f"{format_bytes(needed - capacity)} more than the {format_bytes(capacity)} of "
            f"{memory.name}; most at this step: {held}"
        ),
        change=_change(over, schedule.steps, capacity, narrow_bytes),
        evidence=evidence,
        nodes=operators(case, (kernel,)) if kernel else (),
        saving=None if lost or "weights" in memory.holds else with_room(case, _WHAT),
        severity=Severity.ERROR if lost else Severity.WARNING,
    )


def _change(
    over: Sequence[Step], steps: Sequence[Step], capacity: int, narrow_bytes: int | None
) -> str:
    """What to do about it, the least first."""
    said = []
    if narrow_bytes is not None:
        fits = "which fits" if narrow_bytes <= capacity else "still too much"
        said.append(f"8-bit activations need {format_bytes(narrow_bytes)}, {fits}")
    if over:
        last = max(place for place, step in enumerate(steps) if step.held_bytes > capacity)
        rest = max((step.held_bytes for step in steps[last + 1 :]), default=0)
        early = rest and last < len(steps) / 2
        if early:
            name = brief(over[-1].kernel.name)
            said.append(
                f"run patch by patch up to {name} (the rest needs {format_bytes(rest)} at most)"
            )
    said.append("lower the resolution or the width of the widest blocks")
    return "; ".join(said)
