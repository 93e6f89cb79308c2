"""How many channels a block has in a graph of onnxruntime's blocked layout."""

from __future__ import annotations

from typing import Any

from costscope.ops import NCHWC

LARGE, SMALL = 16, 8


def block_of(graph: Any) -> int:
    """8 if some convolution's weight is rounded up to 8 channels only, else 16.

    The file does not say; weights of the blocked layout are padded to whole blocks.
    """
    convolutions = [n for n in graph.node if n.domain == NCHWC and n.op_type == "Conv"]
    names = {name for node in convolutions for name in node.input[1:2]}
    if not names:
        return LARGE
    rows = [tensor.dims[0] for tensor in graph.initializer if tensor.name in names and tensor.dims]
    return SMALL if any(count % LARGE for count in rows) else LARGE
