"""From protobuf to a resolved `Graph`: every tensor's shape, constants folded away.

One forward walk binds the symbols of the inputs, applies each operator's shape rule (or
ONNX's own inference), follows the values of shape arithmetic, inlines functions and opens
control flow. Enters: a ModelProto without weights, and `Bindings`. Leaves: a `Graph`.
This package may not know kernels, machines or time.
"""

from costscope.shapes.binding import Bindings
from costscope.shapes.walk import resolve

__all__ = ["Bindings", "resolve"]
