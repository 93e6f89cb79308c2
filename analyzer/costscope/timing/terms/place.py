"""A kernel's place in its network: how far back the data it reads was last touched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod

from costscope.graph.types import Tensor
from costscope.kernels.types import Kernel
from costscope.schedule.types import Schedule

# Assumed where a profile does not say: of a common x86 core with AVX2.
DEFAULTS: Mapping[str, int] = {
    "block": 8,
    "outputs": 3,
    "rows": 6,
    "columns": 16,
    "l2_bytes": 1 << 20,
    "l3_bytes": 1 << 24,
}
_MANY = 8  # operators


@dataclass(frozen=True, slots=True)
class Place:
    """What decides which memory a kernel's operands come from.

    Attributes:
        settings: of the machine: `block` channels of the NCHWc layout, `outputs` positions
            and `rows` x `columns` in a register tile, sizes of the caches.
        weight_distances_bytes: for each weight: bytes touched since it was last read, in
            this inference or the one before.
        distances_bytes: for each activation read: bytes touched since it was written, its
            own included.
        freshness: 0 if a kernel of the same operator ran just before, 1 if many others ran
            since: its code and the processor's guesses about it have gone cold.
    """

    settings: Mapping[str, int]
    weight_distances_bytes: tuple[int, ...]
    distances_bytes: tuple[int, ...]
    freshness: float = 0.0

    def setting(self, name: str) -> int:
        """A setting of the machine, or the one of a common core."""
        return self.settings.get(name, DEFAULTS[name])

    def beyond_l2(self, distance_bytes: float) -> float:
        """Share of data touched this long ago that is no longer in the second-level cache."""
        size = self.setting("l2_bytes")
        return _ramp(distance_bytes, size / 2, 2 * size)

    def beyond_l3(self, distance_bytes: float) -> float:
        """Share of it that is no longer in the third-level cache."""
        size = self.setting("l3_bytes")
        return _ramp(distance_bytes, size / 4, size)


def places(schedule: Schedule, settings: Mapping[str, int]) -> tuple[Place, ...]:
    """The place of every step of a schedule."""
    kernels = [step.kernel for step in schedule.steps]
    parts = (tensor for kernel in kernels for tensor in (*kernel.weights, *kernel.writes))
    footprint = sum(nbytes(tensor) for tensor in {each.name: each for each in parts}.values())
    touched = 0
    written: dict[str, int] = {}
    found = []
    read: dict[str, int] = {}
    fresh = _freshness(kernels)
    for kernel, freshness in zip(kernels, fresh, strict=True):
        start = touched
        touched += _touched(kernel)
        reach = tuple(
            start - written.get(tensor.name, 0) + nbytes(tensor) for tensor in kernel.reads
        )
        again = tuple(start - read.get(t.name, start - footprint) for t in kernel.weights)
        read.update((tensor.name, touched) for tensor in kernel.weights)
        found.append(Place(settings, again, reach, freshness))
        for tensor in kernel.writes:
            written[tensor.name] = touched
    return tuple(found)


def _freshness(kernels: Sequence[Kernel]) -> list[float]:
    """How many other operators ran since the same one did, inferences back to back; 1 for many."""
    recent: list[tuple[str, tuple[str, ...]]] = []  # operators, the latest last
    found: list[float] = []
    for kernel in (*kernels, *kernels):
        operator = (kernel.kind, kernel.op_types[-1:])
        since = len(recent) - 1 - recent.index(operator) if operator in recent else _MANY
        found.append(min(1.0, since / _MANY))
        recent = [each for each in recent if each != operator] + [operator]
    return found[len(kernels) :]


def nbytes(tensor: Tensor) -> int:
    """Bytes of a tensor; 0 where its shape is unknown."""
    if tensor.shape is None:
        return 0
    return tensor.nbytes_of(prod(tensor.shape))


def _touched(kernel: Kernel) -> int:
    return sum(nbytes(tensor) for tensor in (*kernel.reads, *kernel.weights, *kernel.writes))


def _ramp(value: float, low: float, high: float) -> float:
    return min(1.0, max(0.0, (value - low) / (high - low)))
