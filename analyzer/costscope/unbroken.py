"""Time without pauses of the garbage collector."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def unbroken() -> Iterator[None]:
    """Leave the cyclic collector off while the body runs, if it was on.

    An analysis makes many small values and no cycles. The collector would look through all
    of them again and again, which makes time grow faster than the graph.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
