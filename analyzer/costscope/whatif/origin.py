"""The model's operators behind kernels: a runtime may run one as its parts, or as another."""

from __future__ import annotations

from collections.abc import Iterable

from costscope.kernels.types import Kernel
from costscope.whatif.case import Case


def operators(case: Case, kernels: Iterable[Kernel]) -> tuple[str, ...]:
    """Names of the model's operators behind some kernels, each once, in their order."""
    found: dict[str, None] = {}
    for kernel in kernels:
        for node in kernel.nodes:
            if node.name in case.nodes:
                found[node.name] = None
                continue
            makers = (case.maker(tensor) for tensor in node.outputs)
            found.update((maker.name, None) for maker in makers if maker is not None)
    return tuple(found)
