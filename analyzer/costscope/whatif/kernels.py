"""The kernels that operators of the model become."""

from __future__ import annotations

from collections.abc import Iterable

from costscope.kernels.types import Kernel
from costscope.whatif.case import Case
from costscope.work import FREE

_ADDED = "~"  # in the last part of the name of an operator that a runtime put in the place of one


def kernels_of(case: Case, names: Iterable[str]) -> tuple[Kernel, ...]:
    """The kernels that some operators run in, in order; views and what is dropped have none.

    An operator that the runtime writes out is all the kernels of its parts.
    """
    wanted = set(names)
    return tuple(
        kernel
        for kernel in case.deployment.kernels
        if kernel.kind not in FREE and any(_asked(node.name, wanted) for node in kernel.nodes)
    )


def _asked(name: str, wanted: set[str]) -> bool:
    if name in wanted:
        return True
    whole, _, part = name.rpartition("/")
    return _ADDED in part and whole in wanted
