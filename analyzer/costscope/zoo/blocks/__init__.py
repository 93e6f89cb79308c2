"""Blocks: the topologies that architectures are made of, found by name.

A block is one function in a file of its own: it takes the network under construction and the
value that enters, emits nodes, and returns the value that leaves (or several, for a block
that takes several). Its keyword arguments are what a YAML may say.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import Any

from costscope.errors import ArchitectureError
from costscope.registry import Registry

Block = Callable[..., Any]
_BLOCKS: Registry[str, Block] = Registry("costscope.zoo.blocks", "block")
block = _BLOCKS.register


def block_named(name: str) -> Block:
    """The block of a name.

    Raises:
        ArchitectureError: there is none.
    """
    found = _BLOCKS.get(name)
    if found is None:
        near = difflib.get_close_matches(name, _BLOCKS.keys(), n=3, cutoff=0.5)
        meant = f"; did you mean {' or '.join(near)}?" if near else ""
        raise ArchitectureError(f"no block {name!r}{meant}")
    return found
