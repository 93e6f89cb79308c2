"""Steps in order, and the peak of the memory they hold."""

from __future__ import annotations

from dataclasses import dataclass

from costscope.kernels.types import Kernel


@dataclass(frozen=True, slots=True)
class Held:
    """A buffer that is held: its tensor's name and its bytes."""

    name: str
    nbytes: int


@dataclass(frozen=True, slots=True)
class Step:
    """One kernel in its turn.

    Attributes:
        kernel: what runs.
        held_bytes: activations held while it runs, its inputs and outputs included.
    """

    kernel: Kernel
    held_bytes: int


@dataclass(frozen=True, slots=True)
class Peak:
    """The moment that needs most activation memory.

    Attributes:
        nbytes: bytes held.
        kernel: name of the kernel that runs then; "" for a graph without kernels.
        tensors: the buffers held, largest first.
    """

    nbytes: int
    kernel: str
    tensors: tuple[Held, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arena:
    """Bytes of working memory.

    Attributes:
        tensors_bytes: activations in their places.
        scratch_bytes: buffers of the kernels.
        persistent_bytes: tables that stay for the life of the network.
    """

    tensors_bytes: int
    scratch_bytes: int = 0
    persistent_bytes: int = 0

    @property
    def total_bytes(self) -> int:
        """All of it."""
        return self.tensors_bytes + self.scratch_bytes + self.persistent_bytes


@dataclass(frozen=True, slots=True)
class Schedule:
    """Kernels in execution order with the memory they hold.

    Attributes:
        strategy: `layerwise`: one step a kernel.
        steps: in order.
        peak: the largest of the steps.
        complete: False if some tensor's size is unknown: the peak is then a lower bound.
        arena: working memory as the runtime lays it out; None where its layout is not known.
    """

    strategy: str
    steps: tuple[Step, ...]
    peak: Peak
    complete: bool
    arena: Arena | None = None

    @property
    def working_bytes(self) -> int:
        """What the machine must have: the runtime's layout, or the peak where it is unknown."""
        return self.arena.total_bytes if self.arena else self.peak.nbytes
