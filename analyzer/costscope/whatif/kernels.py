"""The kernels that operators of the model become."""

from __future__ import annotations

from collections.abc import Iterable

from costscope.kernels.types import Kernel
from costscope.whatif.case import Case
from costscope.work import FREE


def kernels_of(case: Case, names: Iterable[str]) -> tuple[Kernel, ...]:
    """The kernels that some operators run in, in order; views and what is dropped have none.

    An operator that the runtime writes out is all the kernels of its parts.
    """
    found = case.around.kernels_of(frozenset(names))
    return tuple(kernel for kernel in found if kernel.kind not in FREE)
