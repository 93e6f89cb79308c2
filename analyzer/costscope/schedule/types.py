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


@dataclass(frozen=True, slots=True)
class Schedule:
    """Kernels in execution order with the memory they hold.

    Attributes:
        strategy: `layerwise`: one step a kernel.
        steps: in order.
        peak: the largest of the steps.
        complete: False if some tensor's size is unknown: the peak is then a lower bound.
    """

    strategy: str
    steps: tuple[Step, ...]
    peak: Peak
    complete: bool
