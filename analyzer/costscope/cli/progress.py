"""What is being done, on standard error, once it takes longer than a second."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_PATIENCE_S = 1.0


@contextmanager
def progress(what: str) -> Iterator[None]:
    """Show a spinner while the body runs, if it runs long and a person is watching."""
    if not sys.stderr.isatty():
        yield
        return
    done = threading.Event()
    watcher = threading.Thread(target=_watch, args=(what, done), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()


def _watch(what: str, done: threading.Event) -> None:
    if done.wait(_PATIENCE_S):
        return
    from rich.console import Console

    with Console(stderr=True).status(f"{what} ..."):
        done.wait()
