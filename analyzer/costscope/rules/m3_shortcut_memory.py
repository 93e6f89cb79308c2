"""M3: tensors that wait for a later addition when most memory is held."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from costscope.analysis.types import Severity
from costscope.graph.types import Tensor
from costscope.kernels.types import Kernel
from costscope.rules import Found, rule
from costscope.units import format_bytes, format_percent
from costscope.whatif.case import Case
from costscope.whatif.memory import brief, is_managed, nearest
from costscope.whatif.origin import operators
from costscope.work import KernelKind

LEAST_USED_RATIO = 0.5  # of the memory: with more room than that nobody minds
LEAST_SHARE_RATIO = 0.2  # of the peak
_JOINS = frozenset({"Add", "Sum"})
_LEAST_OPERANDS = 2
_MOST = 3  # tensors that are named
_HANDING_ON = frozenset({KernelKind.VIEW, KernelKind.CONTROL_FLOW})


@rule("M3", name="shortcuts held at the memory's peak", severity=Severity.NOTE)
def shortcut_memory(case: Case) -> Iterator[Found]:
    """Tensors that wait behind a shortcut or a branch while most memory is held.

    What it finds:
        At the step that needs most activation memory: what is held though it is neither read
        nor written there, and the operand of an addition that waited for the other one.
    Why it costs:
        A residual connection keeps a block's input alive through the whole block, a dense
        connection those of all blocks before. A network without them holds only what a layer
        reads and writes.

    Example:
        ResNet-50, whose residual connections hold about 40 % of its feature maps' memory; none
        in RepVGG.
    How to fix:
        Remove the shortcuts by reparameterisation (RepVGG, RMNet), put them where maps are
        small, or downsample in front of the blocks with most. No time is saved.
    Thresholds:
        Machines whose memory for activations software manages, where it is at least half full
        or too small; elsewhere it does not matter. A fifth of the peak: the narrow shortcuts of
        inverted residuals, a sixth of the wide map beside them or less, are no reason to change
        anything.
    Source:
        Meng et al. 2021, RMNet, arXiv 2111.00687, Section 1 (40 % in ResNet-50); Ding et al.
        2021, RepVGG, arXiv 2101.03697, Section 3.1 (memory economy of plain networks).
    """
    peak = case.deployment.schedule.peak
    memory = nearest(case, "activations")
    if memory is None or not memory.capacity_bytes or not is_managed(case, memory):
        return
    if not peak.nbytes or not peak.kernel:
        return
    used = case.deployment.schedule.working_bytes / memory.capacity_bytes
    waiting = _waiting(case) if used >= LEAST_USED_RATIO else None
    if waiting is None or waiting.nbytes < LEAST_SHARE_RATIO * peak.nbytes:
        return
    share = waiting.nbytes / peak.nbytes
    yield Found(
        subject=peak.kernel,
        message=(
            f"{format_bytes(waiting.nbytes)}, {format_percent(share)} of the activations held at "
            f"the peak, only wait for a later layer behind a shortcut or branch: "
            f"{', '.join(map(brief, waiting.names[:_MOST]))}"
            f"{', ...' if len(waiting.names) > _MOST else ''}"
        ),
        change="merge the shortcuts into convolutions (RepVGG), or begin them at smaller maps",
        evidence={
            "waiting_bytes": waiting.nbytes,
            "peak_bytes": peak.nbytes,
            "waiting_ratio": share,
            "memory_used_ratio": used,
        },
        nodes=operators(case, (waiting.kernel,)),
    )


@dataclass(frozen=True, slots=True)
class _Waiting:
    """Buffers that wait at the peak.

    Attributes:
        kernel: that runs then.
        names: of what waits, largest first.
        nbytes: of it.
    """

    kernel: Kernel
    names: tuple[str, ...]
    nbytes: int


def _waiting(case: Case) -> _Waiting | None:
    peak = case.deployment.schedule.peak
    kernels = case.deployment.kernels
    kernel = next((k for k in kernels if k.name == peak.kernel), None)
    if kernel is None:
        return None
    lies = _Buffers(case, {held.name for held in peak.tensors})
    used = [name for t in (*kernel.reads, *kernel.writes) for name in lies.of(t)]
    used_now = set(used) - lies.late_operands(kernel)
    waiting = [held for held in peak.tensors if held.name not in used_now and held.nbytes]
    total = sum(held.nbytes for held in waiting)
    return _Waiting(kernel, tuple(held.name for held in waiting), total)


class _Buffers:
    """In which of the buffers held at the peak a tensor lies."""

    def __init__(self, case: Case, held: set[str]) -> None:
        self.held = held
        self.in_place = case.deployment.runtime.in_place | _HANDING_ON
        self.maker: dict[str, tuple[int, Kernel]] = {
            tensor.name: (place, kernel)
            for place, kernel in enumerate(case.deployment.kernels)
            for tensor in kernel.writes
        }

    def of(self, tensor: Tensor) -> list[str]:
        """Names of the buffers: of its own, or of what it was made from in place."""
        waiting, seen, found = [tensor], {tensor.name}, []
        while waiting:
            each = waiting.pop()
            if each.name in self.held:
                found.append(each.name)
                continue
            made = self.maker.get(each.name)
            if made is not None and made[1].kind in self.in_place:
                new = [t for t in made[1].reads if t.name not in seen]
                seen.update(t.name for t in new)
                waiting += new
        return found

    def late_operands(self, kernel: Kernel) -> set[str]:
        """Buffers of an addition's operands that waited for the one made last."""
        if len(kernel.reads) < _LEAST_OPERANDS or not _JOINS.intersection(kernel.op_types):
            return set()
        ranked = sorted(kernel.reads, key=lambda t: self.maker.get(t.name, (-1, None))[0])
        last = set(self.of(ranked[-1])) | {n for t in kernel.writes for n in self.of(t)}
        return {name for t in ranked[:-1] for name in self.of(t)} - last
