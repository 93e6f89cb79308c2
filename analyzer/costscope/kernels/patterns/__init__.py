"""Fusion patterns: one a file, registered by name.

A pattern looks at one node, its anchor, and answers with the nodes that run together with
it (the anchor among them, in any order), or with None.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from costscope.graph.types import Node
from costscope.kernels.links import Links
from costscope.registry import Registry

Pattern = Callable[[Node, Links], Sequence[Node] | None]
PATTERNS: Registry[str, Pattern] = Registry("costscope.kernels.patterns", "fusion pattern")
pattern = PATTERNS.register
